/** `landfall quickstart`: the whole walk, from nothing to devices on a hub, with real certificates and real sockets. */
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { Command } from 'commander'
import { type Config, loadConfig } from '../../config.ts'
import type { ConnectionFile } from '../../connection-file.ts'
import { realSystem, type System } from '../../system.ts'
import { withExamples } from '../command.ts'
import { exitCodes, UsageError } from '../exit.ts'
import { colour, say } from '../output.ts'
import { startProgress } from '../progress.ts'
import { type ServeOptions, sourcesOf, withSettings } from '../serve.ts'
import { untilStopped } from '../until-stopped.ts'
import { cleanUp, type Removed } from './cleanup.ts'
import { enrollGroup, proveRoot } from './enroll.ts'
import { type Authorities, authoritiesIn, groupId, makeDevice, quickstartDirOf, registrationIds } from './files.ts'
import { type DeviceResult, registerAll } from './register-all.ts'
import { refusalsText, resultsTable, summaryOf, summaryText, whatNext } from './report.ts'
import { findOrStart, type Service } from './service.ts'
import type { Endpoint } from './wire.ts'

interface QuickstartOptions {
  readonly devices: string
  readonly exit?: boolean
  readonly cleanup?: boolean
  readonly json?: boolean
}

/** As many as a person waits for: some minutes on a small machine. */
const mostDevices = 100_000

export function quickstartCommand(): Command {
  const command = new Command('quickstart')
    .description(
      'The whole walk: starts a service (or uses the one running in --data), makes a root and an intermediate CA and device certificates, proves possession of the root, creates an enrollment group on the intermediate, and registers the devices over HTTPS and MQTT.',
    )
    .option('--devices <count>', 'how many devices', '10')
    .option('--exit', 'end after the table instead of keeping the service running')
    .option('--cleanup', 'remove what quickstart made: group, registrations, hub devices, CA certificate, files')
    .option('--json', 'print the result as JSON')
  return withExamples(withSettings(command), [
    'quickstart',
    'quickstart --devices 1000 --exit',
    'quickstart --cleanup',
  ]).action(async (options: QuickstartOptions & ServeOptions) => {
    const config = loadConfig(sourcesOf(options, { 'log-level': 'warn' }))
    const system = realSystem(config.clock)
    await (options.cleanup ? unwalk(config, system, options) : walk(config, system, options))
  })
}

async function walk(config: Config, system: System, options: QuickstartOptions): Promise<void> {
  const ids = registrationIds(readCount(options.devices))
  const step = options.json ? () => {} : done
  const service = await findOrStart(config, system)
  step('Service', serviceSentence(service))
  try {
    const dir = quickstartDirOf(config.dataDir)
    const authorities = await authoritiesIn(dir, system)
    step('Certificates', `a root and an intermediate CA in ${dir}`)
    await proveRoot(service.client, authorities)
    step('Proof', 'the root is uploaded, and possession of its key is proved: verified')
    const printed = await enrollGroup(service.client, service.connection, authorities)
    if (!options.json) say(printed)
    step('Enrollment', `group "${groupId}" on the intermediate`)
    const { results, seconds } = await registerDevices(ids, authorities, dir, service.connection, system, options)
    show(results, seconds, service, config, options)
    if (!options.exit && service.own) await untilStopped(service.own)
  } finally {
    await service.own?.close()
  }
}

async function registerDevices(
  ids: readonly string[],
  authorities: Authorities,
  dir: string,
  connection: ConnectionFile,
  system: System,
  { json = false }: QuickstartOptions,
): Promise<{ results: readonly DeviceResult[]; seconds: number }> {
  const progress = startProgress('Registering', ids.length, json)
  const began = performance.now()
  const deviceOf = (id: string) => makeDevice(id, authorities, dir, system)
  const results = await registerAll(ids, deviceOf, endpointOf(connection), () => progress.step())
  return { results, seconds: (performance.now() - began) / 1000 }
}

function endpointOf({ deviceEndpoint, ports, idScope, rootCaPath }: ConnectionFile): Endpoint {
  const host = deviceEndpoint.replace(/:\d+$/, '')
  return { host, httpsPort: ports.https, mqttPort: ports.mqtt, idScope, ca: readFileSync(rootCaPath, 'utf8') }
}

function show(
  results: readonly DeviceResult[],
  seconds: number,
  { connection, own }: Service,
  { dataDir }: Config,
  { json, exit }: QuickstartOptions,
): void {
  const summary = summaryOf(results, seconds)
  const allAssigned = summary.assigned === summary.devices
  if (!allAssigned) process.exitCode = exitCodes.failed
  if (json) {
    say(JSON.stringify({ enrollmentGroup: groupId, ...summary, results }, undefined, 2))
    return
  }
  const counted = `${summary.assigned} of ${summary.devices} devices in ${summary.seconds} s`
  done('Registered', allAssigned ? counted : colour.red(counted))
  say()
  say(resultsTable(results))
  if (results.length > 1 && summary.assigned > 0) say(`\n${summaryText(summary)}`)
  if (!allAssigned) say(`\n${refusalsText(results)}`)
  say()
  const [{ registrationId } = { registrationId: '' }] = results
  const running = own === undefined || !exit
  say(whatNext({ connection, dataDir, registrationId, command: ownName(), running }))
  if (!exit && own) say(`\nThe service goes on running. Press Ctrl-C to stop it.`)
}

/** How this program was called: from a clone it is npm that knows it. */
const ownName = () => (process.env.npm_lifecycle_event === undefined ? 'landfall' : 'npm run --silent landfall --')

async function unwalk(config: Config, system: System, options: QuickstartOptions): Promise<void> {
  const service = await findOrStart(config, system)
  try {
    const removed = await cleanUp(service.client, quickstartDirOf(config.dataDir))
    say(options.json ? JSON.stringify(removed, undefined, 2) : removedSentence(removed))
  } finally {
    await service.own?.close()
  }
}

const removedSentence = ({ registrations, hubDevices, enrollmentGroup, caCertificate }: Removed) =>
  enrollmentGroup || caCertificate || registrations > 0
    ? `Removed the enrollment group, ${registrations} registrations, ${hubDevices} devices on hubs, the CA certificate and the files.`
    : 'Nothing of a quickstart was left.'

function serviceSentence({ connection, own }: Service): string {
  const { deviceEndpoint, ports, idScope } = connection
  return `${own ? 'started' : 'already running'} at ${deviceEndpoint} (HTTPS ${ports.https}, MQTT ${ports.mqtt}), ID scope ${idScope}`
}

function readCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,6}$/.test(text) && count >= 1 && count <= mostDevices) return count
  throw new UsageError(`--devices: "${text}" is no number from 1 to ${mostDevices}.`)
}

function done(what: string, sentence: string): void {
  say(`${colour.green('✓')} ${colour.bold(what.padEnd(12))}  ${sentence}`)
}
