/** What the operator API needs, given by the composition root. */

import type { Access } from '../access/access.ts'
import type { Refusals } from '../access/refusals.ts'
import type { DeviceBackEnd } from '../hub/device/back-end.ts'
import type { DeviceHubs } from '../hub/device/device-hub.ts'
import type { OwnCertificate } from '../instance/expiring.ts'
import type { InstanceParts } from '../instance/parts.ts'
import type { Live } from '../observe/live.ts'
import type { Log } from '../observe/log.ts'
import type { RegistrationEngine } from '../registration/engine.ts'
import type { Hubs } from '../registration/hub.ts'
import type { Endpoint } from '../simulate/wire.ts'
import type { Timers } from '../system.ts'

export interface OperatorParts extends InstanceParts {
  /** For dry runs; nothing is written through it. */
  readonly rehearsing: Pick<RegistrationEngine, 'rehearse'>
  readonly access: Access
  readonly log: Log
  readonly timers: Timers
  readonly live: Live
  readonly refusals: Refusals
  readonly hubs: Hubs
  /** Of the embedded hubs. */
  readonly devices: DeviceBackEnd & Pick<DeviceHubs, 'telemetry' | 'refusedConnect' | 'refusedConnects'>
  /** The device API of this very service, as a device on this machine reaches it. */
  readonly fromHere: () => Omit<Endpoint, 'idScope'>
  /** What clients of this service are shown; it expires as others do. */
  readonly ownCertificates: () => readonly OwnCertificate[]
  /** Known only once the listeners are open. */
  readonly endpoints: () => Endpoints
}

/** How the outside reaches this service. */
export interface Endpoints {
  /** Host, and port where it is not 443. */
  readonly deviceEndpoint: string
  readonly managementUrl: string
  readonly portalUrl?: string
  readonly ports: Readonly<Record<'https' | 'mqtt' | 'amqp' | 'management', number>>
}
