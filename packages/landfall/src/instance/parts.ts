/** What changing the instance needs. `store` is one in which every change is somebody's (audit/audited.ts). */
import type { Store } from '../store/store.ts'
import type { Clock, Random } from '../system.ts'
import type { Names } from './names.ts'

export interface InstanceParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /**
   * The service's own names, without port; the first is the default embedded hub's. Those of the other hubs are in the
   * settings: see namesOf.
   */
  readonly hosts: Names
}
