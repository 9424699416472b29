/** Under `--dev` only: a service that misbehaves on purpose, so that firmware can be tested against it. */
import { ProvisioningError, type Reason } from '../fault.ts'
import type { DeviceApi } from '../registration/request.ts'
import type { Random, Timers } from '../system.ts'

export interface FaultPlan {
  /** Waits this long before each registration, ms, at most a minute. */
  readonly delayMs?: number
  /** Refuses with this reason instead of registering. */
  readonly refuse?: FaultReason
  /** The share of registrations that `refuse` meets, 0 to 1; absent: all. */
  readonly share?: number
}

const faultReasons = ['throttled', 'overloaded', 'storage_unavailable', 'internal'] as const satisfies readonly Reason[]
export type FaultReason = (typeof faultReasons)[number]

export interface Faults {
  plan: FaultPlan
}

/** A plan from outside, or the sentence that says what is wrong with it. */
export function parseFaultPlan(value: unknown): FaultPlan | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'Send an object with delayMs, refuse and share.'
  const { delayMs, refuse, share } = value as Record<string, unknown>
  if (delayMs !== undefined && !(typeof delayMs === 'number' && delayMs >= 0 && delayMs <= 60_000))
    return 'delayMs is 0 to 60000.'
  if (share !== undefined && !(typeof share === 'number' && share >= 0 && share <= 1)) return 'share is 0 to 1.'
  const reason = faultReasons.find((one) => one === refuse)
  if (refuse !== undefined && reason === undefined) return `refuse is one of ${faultReasons.join(', ')}.`
  return { delayMs, refuse: reason, share }
}

export function withFaults(
  device: DeviceApi,
  faults: Faults,
  { random, timers }: { random: Random; timers: Timers },
): DeviceApi {
  const chance = () => Buffer.from(random.bytes(4)).readUInt32BE() / 2 ** 32
  return {
    ...device,
    async register(request) {
      const { delayMs = 0, refuse, share = 1 } = faults.plan
      if (delayMs > 0) await timers.sleep(delayMs)
      if (refuse !== undefined && chance() < share) throw new ProvisioningError(refuse)
      return device.register(request)
    },
  }
}
