/** Registers many devices at once, HTTPS and MQTT in turn, a bounded number at a time. */
import { performance } from 'node:perf_hooks'
import { type Assigned, type DeviceTransport, type NotAssigned, register } from './simulated-device.ts'
import type { Device, Endpoint } from './wire.ts'

export type DeviceResult = {
  readonly registrationId: string
  readonly transport: DeviceTransport
  readonly ms: number
} & (Assigned | NotAssigned)

/** TLS handshakes in flight: enough to keep a small machine busy, few enough for honest milliseconds. */
const atOnce = 8

/** `deviceOf` makes a device when its turn comes. Results stand in the order of the ids. */
export async function registerAll(
  ids: readonly string[],
  deviceOf: (id: string) => Promise<Device>,
  endpoint: Endpoint,
  done: (result: DeviceResult) => void,
): Promise<readonly DeviceResult[]> {
  const results: DeviceResult[] = []
  const turns = ids.entries()
  async function takeTurns(): Promise<void> {
    for (const [index, id] of turns) {
      const result = await registerOne(await deviceOf(id), endpoint, index % 2 === 0 ? 'https' : 'mqtt')
      results[index] = result
      done(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, takeTurns))
  return results
}

async function registerOne(device: Device, endpoint: Endpoint, transport: DeviceTransport): Promise<DeviceResult> {
  const began = performance.now()
  const outcome = await register(device, endpoint, transport)
  const ms = Math.round((performance.now() - began) * 10) / 10
  return { registrationId: device.registrationId, transport, ms, ...outcome }
}
