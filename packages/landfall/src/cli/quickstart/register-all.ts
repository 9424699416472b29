/** Registers many devices at once, HTTPS and MQTT in turn, a bounded number at a time. */
import { performance } from 'node:perf_hooks'
import { type DeviceTransport, type Outcome, register } from '../../simulate/simulated-device.ts'
import type { Device, Endpoint } from '../../simulate/wire.ts'
import { realSystem, realTimers } from '../../system.ts'

export type DeviceResult = Outcome & {
  readonly registrationId: string
  readonly transport: DeviceTransport
  readonly ms: number
}

export const means = { timers: realTimers, clock: realSystem().clock, stopwatch: () => performance.now() }

/** TLS handshakes in flight: enough to keep a small machine busy, few enough for honest milliseconds. */
const atOnce = 8

/** `deviceOf` makes a device when its turn comes. Results stand in the order of the ids. */
export async function registerAll(
  ids: readonly string[],
  deviceOf: (id: string) => Promise<Device>,
  endpoint: Endpoint,
  done: () => void,
): Promise<readonly DeviceResult[]> {
  const results: DeviceResult[] = []
  const turns = ids.entries()
  async function takeTurns(): Promise<void> {
    for (const [index, id] of turns) {
      const transport = index % 2 === 0 ? 'https' : 'mqtt'
      const result = {
        registrationId: id,
        transport,
        ...(await register(await deviceOf(id), endpoint, transport, means)),
      } as const
      results[index] = result
      done()
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, takeTurns))
  return results
}
