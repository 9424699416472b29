/** Registers many devices at once, HTTPS and MQTT in turn, a bounded number at a time. */
import { type DeviceTransport, type Outcome, register } from './simulated-device.ts'
import type { Device, Endpoint } from './wire.ts'

export type DeviceResult = Outcome & {
  readonly registrationId: string
  readonly transport: DeviceTransport
  readonly ms: number
}

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
        ...(await register(await deviceOf(id), endpoint, transport)),
      } as const
      results[index] = result
      done()
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, takeTurns))
  return results
}
