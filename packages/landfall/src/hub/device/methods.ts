/** Direct methods: a back end asks, the device answers, or one of the two times is up (contract/iot-hub 8). */
import type { Json } from '../../json.ts'
import type { Store } from '../../store/store.ts'
import type { Timers } from '../../system.ts'
import { deviceNotFound, HubRefusal, invalid, moduleNotFound } from '../refusal.ts'
import type { MethodOrder, MethodResult } from './back-end.ts'
import type { LiveDevice, LiveDevices } from './live.ts'
import { type IdentityName, named } from './named.ts'
import type { MethodAnswer } from './session.ts'

/** contract/iot-hub 8.4 */
const mostPayloadBytes = 128 * 1024
/** Calls that one device is asked at once; a bound of our own. */
const mostAtOnce = 64

interface Parts {
  readonly store: Store
  readonly timers: Timers
  readonly live: LiveDevices
}

export async function invokeMethod(parts: Parts, to: IdentityName, order: MethodOrder): Promise<MethodResult> {
  const payload = JSON.stringify(order.payload)
  if (Buffer.byteLength(payload) > mostPayloadBytes)
    throw invalid(`The payload of a method may have ${mostPayloadBytes} bytes.`)
  await refuseUnlessEnabled(parts.store, to)
  const device = await reach(parts, to, order)
  const { status, payload: answer } = await ask(parts, device, { ...order, text: payload })
  return { status, payload: readAnswer(answer, to) }
}

async function refuseUnlessEnabled(store: Store, to: IdentityName): Promise<void> {
  const { hub, deviceId, moduleId } = to
  const device = await store.device(hub, deviceId)
  if (!device) throw deviceNotFound(deviceId, hub)
  // contract/iot-hub 8.6
  if (device.status === 'disabled') throw notOnline({ hub, deviceId }, 'is disabled')
  if (moduleId !== undefined && !(await store.module({ hub, deviceId, moduleId })))
    throw moduleNotFound(deviceId, moduleId)
}

const notOnline = (to: IdentityName, why: string) =>
  new HubRefusal('DeviceNotOnline', `The ${named(to)} ${why}, so it cannot be called.`)

/** contract/iot-hub 8.3: a device that is connected, but listens to no methods, is as one that is not. */
async function reach({ live, timers }: Parts, to: IdentityName, order: MethodOrder): Promise<LiveDevice> {
  const there = live.find(to)
  if (there?.method) return there
  const found = order.connectTimeoutMs > 0 ? await awaitDevice(live, timers, to, order) : undefined
  if (found) return found
  const connected = live.find(to) !== undefined
  throw notOnline(to, connected ? 'is connected, but has not subscribed to methods' : 'is not connected')
}

async function awaitDevice(
  live: LiveDevices,
  timers: Timers,
  to: IdentityName,
  { connectTimeoutMs, signal }: MethodOrder,
): Promise<LiveDevice | undefined> {
  const over = new AbortController()
  const givenUp = signal ? AbortSignal.any([over.signal, signal]) : over.signal
  void timers.sleep(connectTimeoutMs, givenUp).then(() => over.abort())
  try {
    return await live.withMethods(to, givenUp)
  } finally {
    over.abort()
  }
}

async function ask(
  { timers }: Parts,
  device: LiveDevice,
  { name, text, responseTimeoutMs, signal }: MethodOrder & { readonly text: string },
): Promise<MethodAnswer> {
  const { method, admission } = device
  if (!method) throw notOnline(admission, 'went away')
  device.ending ??= new Set()
  const { ending } = device
  if (ending.size >= mostAtOnce)
    throw new HubRefusal(
      'ThrottlingException',
      `The ${named(admission)} has ${mostAtOnce} calls to answer already. Wait for some.`,
    )
  const over = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<MethodAnswer>()
  const end = () => reject(closedRemotely(admission))
  ending.add(end)
  signal?.addEventListener('abort', end, { signal: over.signal })
  void timers.sleep(responseTimeoutMs, over.signal).then(() => reject(tooLate(admission, name, responseTimeoutMs)))
  const call = async () => method({ name, payload: text }, over.signal)
  // what it throws at once counts as well: a promise that nobody awaits would end the process
  call().then(resolve, reject)
  try {
    return await promise
  } finally {
    ending.delete(end)
    over.abort()
  }
}

const closedRemotely = (of: IdentityName) =>
  new HubRefusal(
    'DeviceConnectionClosedRemotely',
    `The ${named(of)} lost its connection before it answered. Whether it has done what it was asked is not known.`,
  )

const tooLate = (of: IdentityName, name: string, ms: number) =>
  new HubRefusal(
    'GatewayTimeout',
    `The ${named(of)} did not answer the method "${name}" within ${ms / 1000} s. It may have done it all the same.`,
  )

function readAnswer(payload: Uint8Array, of: IdentityName): Json {
  if (payload.length === 0) return null
  if (payload.length > mostPayloadBytes) throw badAnswer(of, `is larger than ${mostPayloadBytes} bytes`)
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8')) as Json
  } catch {
    throw badAnswer(of, 'is no JSON')
  }
}

const badAnswer = (of: IdentityName, why: string) =>
  new HubRefusal('BadDeviceResponse', `What the ${named(of)} answered ${why}.`)
