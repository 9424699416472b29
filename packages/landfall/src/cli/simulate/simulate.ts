/** `landfall simulate`: a fleet of devices against a running service, for as long as wanted. */
import { performance } from 'node:perf_hooks'
import type { Command } from 'commander'
import { makeGate } from '../../simulate/gate.ts'
import { type Life, live, registered } from '../../simulate/live.ts'
import type { DeviceTransport } from '../../simulate/simulated-device.ts'
import type { Endpoint } from '../../simulate/wire.ts'
import { realRandom, realSystem, realTimers } from '../../system.ts'
import { hubsOf } from '../choose-hub.ts'
import { type CommonOptions, single } from '../command.ts'
import { connect } from '../connection.ts'
import { serviceEndpoint } from '../endpoint.ts'
import { exitCodes, UsageError } from '../exit.ts'
import { reachBook } from '../hub-reach.ts'
import { say } from '../output.ts'
import { durationOf } from '../since.ts'
import { askedToStop } from '../until-stopped.ts'
import { type CredentialOptions, credentialsOf, type DeviceOf, ownGroup } from './credentials.ts'
import { displayOf, sumText } from './show.ts'
import { makeTally, type Tally } from './tally.ts'

type SimulateOptions = CommonOptions &
  CredentialOptions & {
    readonly devices: string
    readonly rate: string
    readonly duration?: string
    readonly transports: string
    readonly prefix?: string
    readonly registerOnly?: boolean
  }

const means = {
  timers: realTimers,
  clock: realSystem().clock,
  random: realRandom,
  stopwatch: () => performance.now(),
}

/** TLS handshakes in flight. */
const atOnce = 16
const mostDevices = 100_000

export function simulateCommand(): Command {
  return single(
    'simulate',
    'Keeps a fleet of devices running: each registers, connects to its hub, reads and reports its twin, sends telemetry, answers every method, and comes back when it is cut off.',
    [
      'simulate --devices 100',
      'simulate --devices 1000 --rate 0.1 --duration 10m',
      'simulate --devices 50 --group line-7 --ca Line-7 --transports mqtt-ws',
      'simulate --devices 1000 --register-only --json',
    ],
  )
    .option('--devices <count>', 'how many', '10')
    .option('--rate <number>', 'messages a second of each device; 0: none', '0.2')
    .option('--duration <time>', 'end after 30s, 10m or 2h (default: at Ctrl-C)')
    .option('--transports <list>', 'of https, mqtt and mqtt-ws; devices take them in turn', 'mqtt,https,mqtt-ws')
    .option(
      '--group <id>',
      `the enrollment group (default: one of symmetric keys named "${ownGroup}", made if need be)`,
    )
    .option('--key <base64>', 'key of the group, where this service does not tell it')
    .option('--ca <name>', 'the CA that issues the devices of the group, as "landfall cert" made it: its key is needed')
    .option('--out <dir>', 'where the files of the CA are', 'certs')
    .option('--passphrase <text>', "of the CA's key")
    .option('--prefix <text>', 'registration ids are PREFIX-0001 and on (default: the group)')
    .option('--register-only', 'end when all have registered; none connects to its hub')
    .action(simulate)
}

async function simulate(options: SimulateOptions): Promise<void> {
  const order = readOrder(options)
  const client = connect(options)
  const endpoint = await serviceEndpoint(client, options)
  const embedded = new Set((await hubsOf(client)).filter(({ kind }) => kind === 'embedded').map(({ name }) => name))
  const deviceOf = await credentialsOf(client, options)
  const tally = makeTally(order.ids.length)
  const reachOf = reachBook(endpoint)
  const gate = makeGate(atOnce)
  const lifeOf = (index: number) => ({
    ...transportsOf(order.transports, index),
    endpoint,
    everyMs: order.everyMs,
    gate,
    diary: tally.diaryOf(index),
    reachOf: async (hub: string) => {
      if (embedded.has(hub)) return reachOf(hub)
      throw new Error(`its hub is not one of this service, so it does not connect: ${hub}`)
    },
  })
  const fleet: Fleet = { ids: order.ids, deviceOf, lifeOf, endpoint }
  await run(options.registerOnly ? registerOnce(fleet) : liveOn(fleet, order.durationMs), tally, options)
  const sum = tally.sum()
  if ((options.registerOnly ? sum.registered : sum.everUp) < sum.devices) process.exitCode = exitCodes.failed
  say(options.json ? JSON.stringify({ final: true, ...sum }) : sumText(sum))
}

interface Fleet {
  readonly ids: readonly string[]
  readonly deviceOf: DeviceOf
  readonly lifeOf: (index: number) => Omit<Life, 'device'>
  readonly endpoint: Endpoint
}

type Work = (stop: AbortSignal) => Promise<unknown>

/** Shows how it goes until the work is done. */
async function run(work: Work, tally: Tally, { json = false }: SimulateOptions): Promise<void> {
  const display = displayOf(json)
  const done = new AbortController()
  const began = performance.now()
  const asked = askedToStop()
  const working = work(asked).finally(() => done.abort())
  const over = AbortSignal.any([done.signal, asked])
  while (!over.aborted) {
    await means.timers.sleep(display.everyMs, over)
    if (asked.aborted) break
    const lasted = performance.now() - began
    display.show(tally.look(lasted), lasted / 1000)
  }
  await working
}

function liveOn({ ids, deviceOf, lifeOf }: Fleet, durationMs: number | undefined): Work {
  return async (asked) => {
    const over = new AbortController()
    const stop = AbortSignal.any([asked, over.signal])
    if (durationMs !== undefined) void means.timers.sleep(durationMs, stop).then(() => over.abort())
    const lives = ids.map(async (id, index) => {
      const life = lifeOf(index)
      // made when its turn comes: a thousand key pairs take a while
      const device = await life.gate.through(() => deviceOf(id))
      await live({ ...life, device }, means, stop)
    })
    await Promise.all(lives)
  }
}

function registerOnce({ ids, deviceOf, lifeOf }: Fleet): Work {
  return async (asked) => {
    const registering = ids.map(async (id, index) => {
      const life = lifeOf(index)
      await life.gate.through(async () => {
        if (asked.aborted) return
        const device = await deviceOf(id)
        await registered({ ...life, device }, means).catch((error: Error) => life.diary.failed(error.message))
      })
    })
    await Promise.all(registering)
  }
}

function transportsOf(transports: readonly DeviceTransport[], index: number) {
  const registersOver = transports[index % transports.length] ?? 'mqtt'
  return { registersOver, livesOver: registersOver === 'https' ? ('mqtt' as const) : registersOver }
}

function readOrder({ devices, rate, duration, transports, prefix, group, key, ca }: SimulateOptions) {
  const count = Number(devices)
  if (!/^\d{1,6}$/.test(devices) || count < 1 || count > mostDevices)
    throw new UsageError(`--devices: "${devices}" is no number from 1 to ${mostDevices}.`)
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(rate)) throw new UsageError(`--rate: "${rate}" is no number from 0 to 9999.`)
  const durationMs = duration === undefined ? undefined : durationOf(duration)
  if (duration !== undefined && durationMs === undefined)
    throw new UsageError(`--duration: "${duration}" is no time; write 30s, 10m or 2h.`)
  if (group === undefined && (key !== undefined || ca !== undefined) && prefix === undefined)
    throw new UsageError('Name the --group, or the --prefix of the registration ids.')
  const name = prefix ?? group ?? ownGroup
  const ids = Array.from({ length: count }, (_, index) => `${name}-${String(index + 1).padStart(4, '0')}`)
  return { ids, everyMs: 1000 / Number(rate), durationMs, transports: readTransports(transports) }
}

function readTransports(text: string): readonly DeviceTransport[] {
  const parts = text.split(',')
  const known = parts.filter((part): part is DeviceTransport => /^(https|mqtt|mqtt-ws)$/.test(part))
  if (known.length === parts.length) return known
  throw new UsageError(`--transports: "${text}" is no list of https, mqtt and mqtt-ws.`)
}
