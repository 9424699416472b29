/** The life of one device: it registers, connects to its hub, sends, and comes back whenever it lost its way. */
import type { JsonObject } from '../json.ts'
import type { Random } from '../system.ts'
import { backOffMs } from './back-off.ts'
import type { Gate } from './gate.ts'
import { HubConnection } from './hub-connection.ts'
import { ConnectRefused } from './mqtt-connection.ts'
import type { MqttTransport } from './open-stream.ts'
import { type Assigned, type DeviceTransport, register } from './simulated-device.ts'
import type { Device, Endpoint, Means, Reach } from './wire.ts'

export interface Life {
  readonly device: Device
  readonly endpoint: Endpoint
  readonly registersOver: DeviceTransport
  readonly livesOver: MqttTransport
  readonly reachOf: (hub: string) => Promise<Reach>
  /** Between two messages; Infinity: it sends none. */
  readonly everyMs: number
  /** A fleet that comes back does not handshake all at once. */
  readonly gate: Gate
  readonly diary: Diary
}

/** Told of what happens to a device. */
export interface Diary {
  registered(ms: number): void
  up(): void
  down(): void
  sent(ms: number): void
  called(): void
  twin(): void
  failed(reason: string): void
}

export interface LifeMeans extends Means {
  readonly random: Random
}

/** Why a registration came to nothing, in a few words that many devices share. */
export class NotAssigned extends Error {}

/** Resolves when the signal aborts. */
export async function live(life: Life, means: LifeMeans, stop: AbortSignal): Promise<void> {
  let assigned: Assigned | undefined
  let failures = 0
  const arrive = async () => {
    // its turn came too late
    if (stop.aborted) return
    assigned ??= await registered(life, means)
    return connect(life, assigned, means)
  }
  while (!stop.aborted) {
    try {
      const connected = await life.gate.through(arrive)
      failures = 0
      await connected?.stay(stop)
    } catch (error) {
      if (stop.aborted) return
      life.diary.failed(reasonOf(error))
      // as devices are told to: a hub that knows one no more sends it back to provisioning
      if (error instanceof ConnectRefused && error.returnCode === 5) assigned = undefined
      failures += 1
      await means.timers.sleep(backOffMs(failures, means.random), stop)
    }
  }
}

export async function registered({ device, endpoint, registersOver, diary }: Life, means: Means): Promise<Assigned> {
  const outcome = await register(device, endpoint, registersOver, means)
  if (outcome.status !== 'assigned') {
    const { status, errorCode, message } = outcome
    throw new NotAssigned(`registration ${status}: ${errorCode === undefined ? message : `code ${errorCode}`}`)
  }
  diary.registered(outcome.ms)
  return outcome
}

interface Connected {
  /** Resolves when the signal aborts; throws when the connection ends before. */
  stay(stop: AbortSignal): Promise<void>
}

async function connect(life: Life, { hub, deviceId }: Assigned, means: LifeMeans): Promise<Connected> {
  const { device, livesOver: transport, diary } = life
  const onMethod = (name: string) => {
    diary.called()
    return { status: 200, payload: { name, deviceId } }
  }
  let connection: HubConnection | undefined
  const onDesired = (desired: JsonObject) => {
    // one that comes before this is up is in the twin that is read then
    if (connection) reportOf(connection, desired, diary).catch(() => {})
  }
  const reach = await life.reachOf(hub)
  const order = { device, deviceId, hub, reach, transport, onMethod, onDesired }
  const opened = await HubConnection.open(order, means)
  connection = opened
  return {
    async stay(stop) {
      diary.up()
      try {
        await reportOf(opened, (await opened.readTwin()).desired, diary)
        await sendUntilOver(life, opened, means, stop)
      } finally {
        diary.down()
        await opened.close()
      }
    },
  }
}

/** What it is, and which version of what it is to be it has seen. */
async function reportOf(connection: HubConnection, { $version }: JsonObject, diary: Diary): Promise<void> {
  await connection.report({ firmware: '1.0.0', desiredVersion: $version ?? 0 })
  diary.twin()
}

async function sendUntilOver(
  { everyMs, diary }: Life,
  connection: HubConnection,
  { timers, random, stopwatch }: LifeMeans,
  stop: AbortSignal,
): Promise<void> {
  const lost = new AbortController()
  const closed = connection.closed.then((why) => {
    lost.abort()
    return why
  })
  const over = AbortSignal.any([stop, lost.signal])
  const pause = (ms: number) => timers.sleep(Math.min(ms, longestTimerMs), over)
  const [byte = 0] = random.bytes(1)
  await pause((everyMs * byte) / 255)
  for (let count = 1; !over.aborted; count++) {
    const began = stopwatch()
    if (everyMs < Number.POSITIVE_INFINITY) {
      await connection.sendTelemetry({ temperature: 20 + (random.bytes(1)[0] ?? 0) / 50, count })
      diary.sent(stopwatch() - began)
    }
    await pause(everyMs - (stopwatch() - began))
  }
  if (!stop.aborted) throw await closed
}

const longestTimerMs = 2 ** 31 - 1

/** In a few words that many devices share: what is a device's own in them would make a table without end. */
function reasonOf(error: unknown): string {
  if (error instanceof ConnectRefused) return `the hub refused the connection (${error.returnCode})`
  const { code, message } = error as Error & { readonly code?: string }
  return code === undefined ? message : `connection failed: ${code}`
}
