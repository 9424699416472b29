/**
 * The composition root: names every part, gives each what it needs, and owns the order of closing (last opened,
 * first closed).
 */
import { join } from 'node:path'
import { type Config, isLoopback } from './config.ts'
import { type ConnectionFile, writeConnectionFile } from './connection-file.ts'
import { devControls } from './dev/controls.ts'
import { type Faults, withFaults } from './dev/faults.ts'
import { testCa } from './dev/test-ca.ts'
import { withPace } from './device-api/pace.ts'
import { type DeviceHubs, makeDeviceHubs } from './hub/device/device-hub.ts'
import { makeJobs } from './hub/jobs/jobs.ts'
import { tellingTwinChanges } from './hub/telemetry/twin-events.ts'
import { namesOf } from './instance/names.ts'
import { linkHubs } from './link/hubs.ts'
import { makeWebhooks } from './link/webhook/webhooks.ts'
import { watchExpiry } from './observe/expiry-metrics.ts'
import { hubMetrics } from './observe/hub-metrics.ts'
import { makeLive } from './observe/live.ts'
import { type Log, makeLog } from './observe/log.ts'
import { makeMetrics } from './observe/metrics.ts'
import { watched } from './observe/watched.ts'
import type { Attempt } from './registration/attempt.ts'
import { makeEngine } from './registration/engine.ts'
import { cloudOptions, landfallOptions } from './registration/options.ts'
import { makeDataDirectory, startFault } from './start/data-directory.ts'
import { settingsOf } from './start/first-run.ts'
import { keepCertificate } from './start/keep-certificate.ts'
import { type KeptConnectionFile, keepConnectionFile } from './start/keep-connection-file.ts'
import { connectionOf, endpointsOf, ownNames } from './start/reach.ts'
import { ownCertificatesOf, serverCertificate } from './start/server-certificate.ts'
import { listen, makeSurfaces, type State } from './start/surfaces.ts'
import { tellOfExpiry } from './start/tell-of-expiry.ts'
import type { Settings } from './store/settings.ts'
import { openSqlite, orCannotOpen } from './store/sqlite/open.ts'
import type { Change } from './store/store.ts'
import { adjustable, type System } from './system.ts'

export interface RunningServer {
  readonly connection: ConnectionFile
  /** The embedded hubs, for whoever runs the service in a process of its own making. */
  readonly devices: DeviceHubs
  readonly log: Log
  /** Takes no more, finishes what was begun, and closes. */
  close(): Promise<void>
  /** Resolves when everything is closed. */
  readonly closed: Promise<void>
}

export async function startServer(config: Config, system: System): Promise<RunningServer> {
  const opened = new AsyncDisposableStack()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= opened.disposeAsync().then(resolve)
    return closing
  }
  try {
    return { ...(await open(config, system, opened)), closed, close }
  } catch (error) {
    await close()
    throw startFault(error, config.dataDir)
  }
}

/** Everything in the order in which it is opened. */
async function open(
  config: Config,
  system: System,
  opened: AsyncDisposableStack,
): Promise<Pick<RunningServer, 'connection' | 'devices' | 'log'>> {
  const { dataDir, dev, fidelity, pace } = config
  const clock = adjustable(system.clock)
  const means: Means = { ...system, clock, log: makeLog(config.logLevel) }
  const live = makeLive(means)
  const { store: stored, settings } = await openInstance(config, means, opened)
  // what commits change is told to the live devices and the certificate, which are there a moment later
  const told: Told = { hub: undefined, lookAtNames: undefined, connectionFile: undefined }
  const seen = watched(stored, live.changed, (changes) => tell(told, changes))
  const store = config.twinChangeEvents ? tellingTwinChanges(seen, clock, (of) => told.hub?.telemetry.wrote(of)) : seen

  const hubs = linkHubs({ ...means, store })
  const metrics = makeMetrics(store)
  const { individualIgnoreExpiry, resetOnSameHub } = config
  const base = fidelity === 'cloud' ? cloudOptions : landfallOptions
  const options = { ...base, individualIgnoreExpiry, resetOnSameHub }
  const onAttempt = (attempt: Attempt) => {
    metrics.attempt(attempt)
    live.attempt(attempt)
  }
  const onAudit = metrics.change
  const { webhookHosts, webhookSeconds, host } = config
  const webhooks = makeWebhooks({
    ...means,
    hosts: webhookHosts,
    onLoopback: isLoopback(host),
    answerMs: webhookSeconds * 1000,
  })
  opened.defer(() => webhooks.close())
  const engine = makeEngine({ ...means, store, hubs, webhooks, options, onAttempt })
  opened.defer(() => engine.close())
  const faults: Faults = { plan: {} }
  const device = withPace(dev ? withFaults(engine, faults, means) : engine, pace)

  const hosts = ownNames(config)
  const meters = hubMetrics(metrics.registry, () => told.hub?.connected ?? 0)
  const devices = makeDeviceHubs({ ...means, onRefused: live.refusedByHub, store, hosts, meters })
  told.hub = devices
  opened.defer(() => devices.close())
  const jobs = makeJobs({ ...means, store, devices, onAudit })
  opened.defer(() => jobs.close())
  const tls = await serverCertificate({ ...means, dataDir, names: namesOf(hosts, settings) })
  const held = { current: tls }
  const ownCertificates = () => ownCertificatesOf(held.current)
  watchExpiry(metrics.registry, { store, ownCertificates })
  const state: State = { serving: true, endpoints: undefined }
  const surfaces = await makeSurfaces(
    {
      ...means,
      store,
      device,
      devices,
      jobs,
      hubs,
      rehearsing: engine,
      fidelity,
      pace,
      hosts,
      tls,
      ownCertificates,
      metrics,
      live,
      onAudit,
      oidc: config.oidc,
    },
    state,
  )
  if (dev) devControls(surfaces.management, { store, clock, faults, onAudit })
  const ports = await listen(surfaces, config, means.log, opened)
  opened.defer(async () => {
    state.serving = false
    told.connectionFile?.remove()
    await live.close()
  })

  await engine.resumePending()
  await jobs.resume()
  const renewal = new AbortController()
  opened.defer(() => renewal.abort())
  const wanted = async () => namesOf(hosts, await store.settings())
  const servers = [surfaces.http.server, surfaces.mqttServer, surfaces.amqpServer]
  told.lookAtNames = keepCertificate({ ...means, held, order: { ...means, dataDir }, wanted, servers }, renewal.signal)
  void tellOfExpiry({ ...means, store, ownCertificates }, renewal.signal)

  const testFiles = dev ? await testCa(dataDir, store, means) : {}
  const endpoints = endpointsOf(config, ports)
  state.endpoints = endpoints
  const { rootCaPath } = tls
  const connectionNow = (now: Settings) => ({ ...connectionOf(now, config, endpoints), rootCaPath, ...testFiles })
  const connection = connectionNow((await store.settings()) ?? settings)
  writeConnectionFile(dataDir, connection)
  told.connectionFile = keepConnectionFile(dataDir, { connectionOf: connectionNow, log: means.log })
  means.log.info({ ports, idScope: settings.idScope, dataDir }, 'ready')
  return { connection, devices, log: means.log }
}

interface Told {
  hub: DeviceHubs | undefined
  lookAtNames: (() => Promise<void>) | undefined
  connectionFile: KeptConnectionFile | undefined
}

/** Who made a hub may dial it as soon as that is answered, so the certificate has its name by then. */
async function tell({ hub, lookAtNames, connectionFile }: Told, changes: readonly Change[]): Promise<void> {
  hub?.committed(changes)
  connectionFile?.committed(changes)
  if (changes.some((change) => 'put' in change && change.put === 'settings')) await lookAtNames?.()
}

/** What the machine lends to every part: time, chance, and a place to tell things. */
interface Means extends System {
  readonly log: Log
}

async function openInstance(config: Config, means: Means, opened: AsyncDisposableStack) {
  makeDataDirectory(config.dataDir)
  const path = join(config.dataDir, 'landfall.db')
  const { auditEntries, auditDays, telemetryHours, telemetryMegabytes } = config
  const bound = {
    auditEntries,
    auditAgeMs: auditDays * 24 * 3600 * 1000,
    telemetryAgeMs: telemetryHours * 3600 * 1000,
    telemetryBytes: telemetryMegabytes * 1024 * 1024,
  }
  const store = await openSqlite({ ...means, path, bound, log: (message, facts) => means.log.warn(facts, message) })
  opened.defer(() => store.close())
  const settings = await settingsOf({ ...means, store, config }).catch(orCannotOpen(path))
  return { store, settings }
}
