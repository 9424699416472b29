/** What changing the instance needs. `store` is one in which every change is somebody's (audit/audited.ts). */
import type { Store } from '../store/store.ts'
import type { Clock, Random } from '../system.ts'

export interface InstanceParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** Names the service is served under; the first is the default embedded hub's. */
  readonly hosts: readonly [string, ...string[]]
}
