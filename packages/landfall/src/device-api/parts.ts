/** What every transport of the device API is given. */
import type { Log } from '../observe/log.ts'
import type { DeviceApi } from '../registration/request.ts'
import type { Clock, Random, Timers } from '../system.ts'

export interface DeviceApiParts {
  readonly device: DeviceApi
  /** `cloud`: bare error texts, and unknown api-versions are refused (contract/semantics 19). */
  readonly fidelity: 'landfall' | 'cloud'
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
}
