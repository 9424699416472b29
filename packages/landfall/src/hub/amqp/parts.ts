import type { Log } from '../../observe/log.ts'
import type { Store } from '../../store/store.ts'
import type { Clock, Random, Timers } from '../../system.ts'
import type { DeviceBackEnd } from '../device/back-end.ts'
import type { DeviceHub } from '../device/session.ts'
import type { TelemetryLog } from '../telemetry/log.ts'

/** What the hub over AMQP is made of. */
export interface HubAmqpParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  /** Other names this service is reached under; they mean the first embedded hub. */
  readonly hosts: readonly string[]
  readonly backEnd: Pick<DeviceBackEnd, 'sendCloudMessage' | 'feedback'>
  readonly devices: Pick<DeviceHub, 'admit' | 'connect'>
  readonly telemetry: TelemetryLog
}
