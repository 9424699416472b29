/** Devices that registered land: they connect to the hub they were told, send, and answer a call. */
import type { ProvisioningServiceClient } from 'landfall-client'
import type { Json } from '../../json.ts'
import { HubConnection } from '../../simulate/hub-connection.ts'
import type { Device, Reach } from '../../simulate/wire.ts'
import { hubsOf } from '../choose-hub.ts'
import { type TelemetryEvent, telemetryOf } from '../telemetry.ts'
import { callMethod, type MethodTold } from './call-method.ts'
import { type DeviceResult, means } from './register-all.ts'

export interface LandOrder {
  readonly client: ProvisioningServiceClient
  readonly results: readonly DeviceResult[]
  /** Those of them that are to connect. */
  readonly devices: ReadonlyMap<string, Device>
  readonly reachOf: (hub: string) => Promise<Reach>
  /** PEM of what the hub's certificate is below. */
  readonly ca: string | undefined
  readonly show: Show
}

/** Told as it happens. */
export interface Show {
  connected(landing: Pick<Landing, 'wanted' | 'connected' | 'failed'>): void
  twin(deviceId: string, desiredVersion: number): void
  telemetry(event: TelemetryEvent): void
  method(told: MethodTold): void
}

export interface Landing {
  readonly wanted: number
  readonly connected: number
  readonly failed: readonly { readonly deviceId: string; readonly message: string }[]
  readonly twins: number
  readonly sent: number
  readonly stored: number
  readonly method?: MethodTold
}

export interface LandedDevice {
  readonly deviceId: string
  readonly hub: string
  readonly connection: HubConnection
  /** Another one, after that has ended. */
  readonly reconnect: () => Promise<HubConnection>
}

export interface Landed extends Landing {
  /** They stay connected. */
  readonly fleet: readonly LandedDevice[]
}

const atOnce = 8
const rounds = 3
const betweenRoundsMs = 100
/** What was acknowledged is on disk, and is read back at once. */
const mostWaitMs = 5000

export async function land(order: LandOrder): Promise<Landed> {
  const { client, show, ca } = order
  const { fleet, failed, wanted } = await connectAll(order)
  show.connected({ wanted, connected: fleet.length, failed })
  const twins = await greetTwins(fleet, show)
  const telemetry = await sendAndReadBack(client, fleet, show)
  const [first] = fleet
  const method = first && (await callMethod(client, first, ca))
  if (method) show.method(method)
  return { wanted, connected: fleet.length, failed, twins, ...telemetry, method, fleet }
}

/** Whether all of it went well. */
export const isSafe = ({ wanted, connected, sent, stored, method }: Landing): boolean =>
  connected === wanted && stored === sent && (wanted === 0 || method?.status === 200)

async function connectAll({ client, results, devices, reachOf }: LandOrder) {
  const embedded = new Set((await hubsOf(client)).filter(({ kind }) => kind === 'embedded').map(({ name }) => name))
  const wanted = results.flatMap((result) => {
    const device = devices.get(result.registrationId)
    return device && result.status === 'assigned' && embedded.has(result.hub) ? [{ ...result, device }] : []
  })
  const fleet: LandedDevice[] = []
  const failed: { deviceId: string; message: string }[] = []
  const turns = wanted.values()
  async function takeTurns(): Promise<void> {
    for (const { device, deviceId, hub } of turns) {
      const order = { device, deviceId, hub, reach: await reachOf(hub), transport: 'mqtt' as const, onMethod }
      const connect = () => HubConnection.open(order, means)
      try {
        fleet.push({ deviceId, hub, connection: await connect(), reconnect: connect })
      } catch (error) {
        failed.push({ deviceId, message: error instanceof Error ? error.message : String(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, wanted.length) }, takeTurns))
  fleet.sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))
  return { fleet, failed, wanted: wanted.length }
}

function onMethod(name: string, payload: Json) {
  if (name !== 'blink') return { status: 404, payload: `There is no method "${name}" here.` }
  const { times = 1 } = (payload ?? {}) as { readonly times?: number }
  return { status: 200, payload: { blinked: times } }
}

/** Gives how many read theirs and told of their firmware. */
async function greetTwins(fleet: readonly LandedDevice[], show: Show): Promise<number> {
  const greeted = await Promise.allSettled(
    fleet.map(async ({ connection }) => {
      const { desired } = await connection.readTwin()
      await connection.report({ firmware: '1.0.0' })
      return Number(desired.$version)
    }),
  )
  const [first] = greeted
  if (fleet[0] && first?.status === 'fulfilled') show.twin(fleet[0].deviceId, first.value)
  return greeted.filter(({ status }) => status === 'fulfilled').length
}

/** Sent is what the hub acknowledged; stored is what is then read back from it. */
async function sendAndReadBack(
  client: ProvisioningServiceClient,
  fleet: readonly LandedDevice[],
  show: Show,
): Promise<Pick<Landing, 'sent' | 'stored'>> {
  const ours = new Set(fleet.map(({ deviceId }) => deviceId))
  const stop = new AbortController()
  let sent = 0
  let stored = 0
  let isAllSent = false
  const reading = [...new Set(fleet.map(({ hub }) => hub))].map((hub) => {
    const { promise: isOpen, resolve: onOpen } = Promise.withResolvers<void>()
    const read = async () => {
      for await (const event of telemetryOf(client, { hub, onOpen }, stop.signal)) {
        if (!ours.has(event.deviceId)) continue
        stored += 1
        show.telemetry(event)
        if (isAllSent && stored >= sent) stop.abort()
      }
    }
    return { isOpen, done: read().finally(onOpen) }
  })
  const done = Promise.all(reading.map((one) => one.done))
  await Promise.all(reading.map(({ isOpen }) => isOpen))
  for (let round = 1; round <= rounds; round++) {
    const sending = await Promise.allSettled(fleet.map(({ connection }) => connection.sendTelemetry(measured(round))))
    sent += sending.filter(({ status }) => status === 'fulfilled').length
    if (round < rounds) await means.timers.sleep(betweenRoundsMs)
  }
  isAllSent = true
  if (stored >= sent) stop.abort()
  await Promise.race([done, means.timers.sleep(mostWaitMs, stop.signal)])
  stop.abort()
  await done
  return { sent, stored }
}

/** What a device measures. */
export const measured = (count: number) => ({ temperature: Math.round((20 + Math.random() * 5) * 10) / 10, count })
