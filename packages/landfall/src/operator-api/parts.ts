/** What the operator API needs, given by the composition root. */
import type { Log } from '../observe/log.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Random } from '../system.ts'

export interface OperatorParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Names the service is served under; the first is the default embedded hub's. */
  readonly hosts: readonly [string, ...string[]]
  /** Known only once the listeners are open. */
  readonly endpoints: () => Endpoints
}

/** How the outside reaches this service. */
export interface Endpoints {
  /** Host, and port where it is not 443. */
  readonly deviceEndpoint: string
  readonly managementUrl: string
  readonly portalUrl?: string
  readonly ports: { readonly https: number; readonly mqtt: number; readonly management: number }
}
