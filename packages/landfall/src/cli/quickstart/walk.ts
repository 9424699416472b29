/** The walk itself, step by step; each step that is done is a line on the screen. */
import { performance } from 'node:perf_hooks'
import type { Config } from '../../config.ts'
import type { ConnectionFile } from '../../connection-file.ts'
import type { RunningServer } from '../../server.ts'
import type { Device } from '../../simulate/wire.ts'
import type { System } from '../../system.ts'
import { endpointOf } from '../endpoint.ts'
import { exitCodes } from '../exit.ts'
import { reachBook } from '../hub-reach.ts'
import { colour, say, tell } from '../output.ts'
import { startProgress } from '../progress.ts'
import { askedToStop, outliveReader, untilStopped } from '../until-stopped.ts'
import { enrollGroup, proveRoot } from './enroll.ts'
import { authoritiesIn, groupId, makeDevice, quickstartDirOf, registrationIds } from './files.ts'
import { keepSending } from './keep-sending.ts'
import { isSafe, type Landed, land } from './land.ts'
import { type DeviceResult, registerAll } from './register-all.ts'
import { refusalsText, resultsTable, type Summary, summaryOf, summaryText, whatNext } from './report.ts'
import { findOrStart, type Service } from './service.ts'
import { landingSentence, showLanding } from './show-landing.ts'

export interface Setting {
  readonly config: Config
  readonly system: System
  /** Print nothing but the result, for programs. */
  readonly json: boolean
  /** End after the table. */
  readonly exit: boolean
}

export async function walk(count: number, setting: Setting): Promise<void> {
  const { config, system, json, exit } = setting
  const step = json ? () => {} : showStep
  const service = await findOrStart(config, system)
  let landed: Landed | undefined
  try {
    const { client, connection } = service
    step('Service', serviceSentence(service))
    const moved = service.own && movedPorts(connection, config)
    if (moved !== undefined) tell(moved)
    const dir = quickstartDirOf(config.dataDir)
    const authorities = await authoritiesIn(dir, system)
    step('Certificates', `a root and an intermediate CA in ${dir}`)
    await proveRoot(client, authorities)
    step('Proof', 'the root is uploaded, and possession of its key is proved: verified')
    const printed = await enrollGroup(client, connection, authorities)
    if (!json) say(printed)
    step('Enrollment', `group "${groupId}" on the intermediate`)
    const devices = new Map<string, Device>()
    const deviceOf = async (id: string) => {
      const device = await makeDevice(id, authorities, dir, system)
      if (devices.size < mostConnected) devices.set(id, device)
      return device
    }
    const walked = await registerDevices(count, connection, deviceOf, json)
    if (!json) showResults(walked)
    landed = await landDevices(walked, devices, service, json)
    show(walked, landed, service, setting)
    if (!exit && service.own) await goOn(service.own, service, landed, json)
  } finally {
    await Promise.all((landed?.fleet ?? []).map(({ connection }) => connection.close()))
    await service.own?.close()
  }
}

/** Of many devices so many connect: enough to look at. */
const mostConnected = 20

async function landDevices(
  { results }: Walked,
  devices: ReadonlyMap<string, Device>,
  { client, connection }: Service,
  quiet: boolean,
): Promise<Landed> {
  const endpoint = endpointOf(connection)
  const show = showLanding(results.length, quiet ? undefined : showStep)
  const landed = await land({ client, results, devices, reachOf: reachBook(endpoint), ca: endpoint.ca, show })
  if (!quiet && landed.wanted > 0) showStep('Landed', landingSentence(landed))
  return landed
}

/** Until somebody stops it. */
async function goOn(own: RunningServer, { client }: Service, { fleet }: Landed, quiet: boolean): Promise<void> {
  const stop = askedToStop()
  outliveReader()
  const sending = keepSending(client, fleet, quiet, stop)
  await untilStopped(own, stop)
  await sending
}

interface Walked {
  readonly results: readonly DeviceResult[]
  readonly summary: Summary
}

async function registerDevices(
  count: number,
  connection: ConnectionFile,
  deviceOf: (id: string) => Promise<Device>,
  quiet: boolean,
): Promise<Walked> {
  const progress = startProgress('Registering', count, quiet)
  const began = performance.now()
  const results = await registerAll(registrationIds(count), deviceOf, endpointOf(connection), progress.step)
  return { results, summary: summaryOf(results, (performance.now() - began) / 1000) }
}

function show(walked: Walked, landed: Landed, service: Service, setting: Setting): void {
  const { results, summary } = walked
  if (summary.assigned < summary.devices || !isSafe(landed)) process.exitCode = exitCodes.failed
  const { fleet: _, ...landing } = landed
  if (setting.json) say(JSON.stringify({ enrollmentGroup: groupId, ...summary, landing, results }, undefined, 2))
  else showNext(walked, service, setting)
}

function showResults({ results, summary }: Walked): void {
  const { assigned, devices, seconds } = summary
  const counted = `${assigned} of ${devices} devices in ${seconds} s`
  showStep('Registered', assigned === devices ? counted : colour.red(counted))
  say(`\n${resultsTable(results)}`)
  if (devices > 1 && assigned > 0) say(`\n${summaryText(summary)}`)
  if (assigned < devices) say(`\n${refusalsText(results)}`)
  say()
}

function showNext({ results }: Walked, { connection, own }: Service, { config, exit }: Setting): void {
  const [{ registrationId } = { registrationId: '' }] = results
  const running = own === undefined || !exit
  say(`\n${whatNext({ connection, dataDir: config.dataDir, registrationId, command: ownName(), running })}`)
  if (own && !exit) say('\nThe service and its devices go on. Press Ctrl-C to stop them.')
}

/** How this program was called: from a clone it is npm that knows it. */
const ownName = () => (process.env.npm_lifecycle_event === undefined ? 'landfall' : 'npm run --silent landfall --')

function serviceSentence({ connection, own }: Service): string {
  const { deviceEndpoint, ports, idScope } = connection
  return `${own ? 'started' : 'already running'} at ${deviceEndpoint} (HTTPS ${ports.https}, MQTT ${ports.mqtt}, AMQP ${ports.amqp}), ID scope ${idScope}`
}

/** The log says it too, but a walk shows no log. */
function movedPorts({ ports }: ConnectionFile, config: Config): string | undefined {
  const moved = [
    { wanted: config.httpsPort, taken: ports.https },
    { wanted: config.mqttPort, taken: ports.mqtt },
  ].filter(({ wanted, taken }) => wanted !== 0 && wanted !== taken)
  if (moved.length === 0) return
  const told = moved.map(({ wanted, taken }) => `${taken} instead of ${wanted}`).join(', ')
  return `  Ports: ${told}, which is taken or not permitted. Some SDKs dial the standard ports only: docs/clients.md.`
}

function showStep(what: string, sentence: string): void {
  say(`${colour.green('✓')} ${colour.bold(what.padEnd(12))}  ${sentence}`)
}
