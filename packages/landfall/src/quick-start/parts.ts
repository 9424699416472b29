/** What a quick start needs beyond what changing the instance does. */
import type { InstanceParts } from '../instance/parts.ts'
import type { Log } from '../observe/log.ts'
import type { Hubs } from '../registration/hub.ts'
import type { Endpoint } from '../simulate/wire.ts'
import type { Timers } from '../system.ts'

export interface QuickStartParts extends InstanceParts {
  readonly timers: Timers
  readonly log: Log
  readonly hubs: Hubs
  /** The device API of this very service, as a device on this machine reaches it. */
  readonly fromHere: () => Omit<Endpoint, 'idScope'>
}
