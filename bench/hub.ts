/**
 * The hub: devices that are connected, what they send, and what is asked of them: `npm run bench:hub`.
 * What is measured and how, and the last figures: README.md beside this file.
 */
import { makeTemporaryDir } from './child.ts'
import { openBare } from './hub/bare.ts'
import { type Broker, openBroker } from './hub/brokers.ts'
import { type Connected, type Host, measureConnected } from './hub/connected.ts'
import { type Exchanges, measureExchanges } from './hub/exchanges.ts'
import { type Fleet, openFleet, type Wanted } from './hub/fleet.ts'
import { type HubOptions, readHubOptions, usage } from './hub/hub-options.ts'
import { connectedTable, exchangesTable, telemetryTable } from './hub/hub-report.ts'
import { type LandfallHub, openLandfallHub } from './hub/landfall-hub.ts'
import { measureTelemetry, type Sink, type Telemetry } from './hub/telemetry.ts'
import { UsageError } from './options.ts'
import { makeTestCa, type TestCa } from './test-ca.ts'

interface Figures {
  readonly connected: readonly Connected[]
  readonly exchanges: readonly Exchanges[]
  readonly telemetry: readonly Telemetry[]
}

interface World {
  readonly options: HubOptions
  readonly dir: string
  readonly ca: TestCa
  readonly landfall: LandfallHub
  readonly closing: AsyncDisposableStack
}

/** What a device of the SDKs subscribes to: it is idle, but it listens. */
const listens = ['$iothub/methods/POST/#', '$iothub/twin/res/#', '$iothub/twin/PATCH/properties/desired/#']
const holdSeconds = 5
/** Devices that send, and messages that each has on its way. */
const senders = 50
const window = 4
const payloadBytes = 200

async function bench(options: HubOptions, closing: AsyncDisposableStack): Promise<Figures> {
  const { path: dir } = closing.use(makeTemporaryDir())
  const ca = await makeTestCa(dir)
  const landfall = await openLandfallHub(dir, closing)
  const world: World = { options, dir, ca, landfall, closing }
  const held = await holdAll(world)
  const telemetry = options.parts.includes('telemetry') ? await compareTelemetry(world) : []
  return { ...held, telemetry }
}

/** While the devices are held, Landfall is asked: it has to answer with all of them there. */
async function holdAll(world: World): Promise<Omit<Figures, 'telemetry'>> {
  const { options, landfall } = world
  const isWanted = options.parts.includes('connected')
  if (!isWanted && !options.parts.includes('exchanges')) return { connected: [], exchanges: [] }
  const { devices: count, processes, atOnce } = options
  const plan = { atOnce, holdSeconds, subscribe: listens }
  const peers = isWanted ? await holdAtPeers(world) : []
  await using fleet = openFleet(processes)
  const devices = await landfall.makeDevices(isWanted ? count : senders, 'idle')
  const own = await measureConnected({ name: 'Landfall', ...landfall }, fleet, devices, plan)
  if (own.open < own.wanted) return { connected: [...peers, own], exchanges: [] }
  const asked = devices.slice(0, senders).map(({ clientId }) => clientId)
  const exchanges = options.parts.includes('exchanges')
    ? await measureExchanges(landfall, fleet, asked, { atOnce: 16, seconds: options.seconds })
    : []
  return { connected: isWanted ? [...peers, own] : [], exchanges }
}

async function holdAtPeers(world: World): Promise<readonly Connected[]> {
  return [await holdAt(world, brokerOf), await holdAt(world, ({ ca }, closing) => openBare(ca, closing))]
}

type OpenPeer = (world: World, closing: AsyncDisposableStack) => Promise<Host & { readonly port: number }>

async function brokerOf({ dir, ca }: World, closing: AsyncDisposableStack) {
  const { pid, port, version } = await openBroker(dir, ca, 'none', closing)
  return { name: version, pid, port }
}

async function holdAt(world: World, open: OpenPeer): Promise<Connected> {
  await using closing = new AsyncDisposableStack()
  const { options } = world
  const peer = await open(world, closing)
  const fleet = closing.use(openFleet(options.processes))
  const devices = Array.from({ length: options.devices }, (_, nth) => ({ port: peer.port, clientId: `idle-${nth}` }))
  return await measureConnected(peer, fleet, devices, { atOnce: options.atOnce, holdSeconds, subscribe: listens })
}

async function compareTelemetry(world: World): Promise<readonly Telemetry[]> {
  const { options, dir, ca, landfall, closing } = world
  const hub = await sinkOf(world, await landfall.makeDevices(senders, 'sender'), {
    name: 'Landfall, on disk before PUBACK',
    pid: landfall.pid,
    topic: 'devices/{id}/messages/events/',
  })
  const everySecond = await brokerSink(world, await openBroker(dir, ca, 'everySecond', closing), 'written each second')
  const everyMessage = await brokerSink(
    world,
    await openBroker(dir, ca, 'everyMessage', closing),
    'written each message',
  )
  const { rounds, seconds } = options
  return measureTelemetry([hub, everySecond, everyMessage], { rounds, seconds, window, payloadBytes })
}

async function brokerSink(world: World, { pid, port, version }: Broker, name: string): Promise<Sink> {
  const devices = Array.from({ length: senders }, (_, nth) => ({ port, clientId: `sender-${nth}` }))
  return {
    ...(await sinkOf(world, devices, { name: `${version}, ${name}`, pid, topic: 'telemetry/{id}' })),
    reset: () => leaveStoredSession(port),
  }
}

async function sinkOf(world: World, devices: readonly Wanted[], sink: Omit<Sink, 'fleet'>): Promise<Sink> {
  // one process more would take time from the server
  const fleet: Fleet = world.closing.use(openFleet(1))
  const { errors } = await fleet.connect(devices, { atOnce: 16, patienceMs: 20_000 })
  if (errors[0] !== undefined) throw new Error(`${sink.name}: a device could not connect. ${errors[0]}`)
  return { ...sink, fleet }
}

/** A subscriber that went away and wants all of it later: without one, mosquitto has nothing to keep. */
async function leaveStoredSession(port: number): Promise<void> {
  await using fleet = openFleet(1)
  const how = { atOnce: 1, patienceMs: 20_000, subscribe: ['telemetry/#'] }
  // a clean session first takes what the last round left
  for (const clean of [true, false]) {
    await fleet.connect([{ port, clientId: 'back-end', clean }], how)
    await fleet.tell({ do: 'leave' })
  }
}

function tablesOf({ connected, exchanges, telemetry }: Figures): string {
  const tables = [
    ...(connected.length > 0 ? [connectedTable(connected)] : []),
    ...(telemetry.length > 0 ? [telemetryTable(telemetry)] : []),
    ...(exchanges.length > 0 ? [exchangesTable(exchanges)] : []),
  ]
  return tables.join('\n\n')
}

function faultOf({ connected }: Figures): string | undefined {
  const short = connected.find(({ wanted, stayed }) => stayed < wanted)
  if (short) return `${short.name}: ${short.stayed} of ${short.wanted} devices stayed. ${short.errors[0] ?? ''}`
}

/** Rejects when somebody wants the bench to end or it takes too long; then everything that it opened is closed. */
function stopped(deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const end = (why: string) => reject(new Error(why))
    setTimeout(() => end(`The bench was not done after ${deadlineMs / 1000} s.`), deadlineMs).unref()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(`Ended by ${signal}.`))
  })
}

async function main(): Promise<void> {
  const options = readHubOptions(process.argv.slice(2))
  if (!options) return say(usage)
  await using closing = new AsyncDisposableStack()
  const figures = await Promise.race([bench(options, closing), stopped(360_000)])
  say(options.json ? JSON.stringify(figures, undefined, 2) : tablesOf(figures))
  const fault = faultOf(figures)
  if (fault !== undefined) throw new Error(fault)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
