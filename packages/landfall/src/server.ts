/**
 * The composition root: names every part, gives each what it needs, and owns the order of closing (last opened,
 * first closed).
 */
import { join } from 'node:path'
import type { Config } from './config.ts'
import {
  type ConnectionFile,
  connectionString,
  hostAndPort,
  removeConnectionFile,
  writeConnectionFile,
} from './connection-file.ts'
import { devControls } from './dev/controls.ts'
import { type Faults, withFaults } from './dev/faults.ts'
import { testCa } from './dev/test-ca.ts'
import { deviceHttps } from './device-api/https.ts'
import { deviceMqtt } from './device-api/mqtt.ts'
import { withPace } from './device-api/pace.ts'
import type { DeviceApiParts } from './device-api/parts.ts'
import { hubServiceApi } from './hub/service/hub-service-api.ts'
import { linkHubs } from './link/hubs.ts'
import { type Log, makeLog } from './observe/log.ts'
import { healthRoutes, managementListener } from './observe/management.ts'
import { type Metrics, makeMetrics } from './observe/metrics.ts'
import type { Endpoints } from './operator-api/operator-api.ts'
import { operatorApi } from './operator-api/operator-api.ts'
import { makeHttp } from './protocol/http.ts'
import { defaultLimits } from './protocol/limits.ts'
import { stopListening } from './protocol/listener.ts'
import { makeMqtt, makeMqttServer } from './protocol/mqtt.ts'
import { acceptWebSockets, explainUpgrade } from './protocol/websocket.ts'
import { makeEngine } from './registration/engine.ts'
import { cloudOptions, landfallOptions } from './registration/options.ts'
import { serviceApi } from './service-api/service-api.ts'
import { makeDataDirectory, startFault } from './start/data-directory.ts'
import { settingsOf } from './start/first-run.ts'
import { keepCertificate } from './start/keep-certificate.ts'
import { openPort } from './start/open-port.ts'
import { type ServerCertificate, serverCertificate, standardNames } from './start/server-certificate.ts'
import type { Settings } from './store/settings.ts'
import { openSqlite, orCannotOpen } from './store/sqlite/open.ts'
import type { Store } from './store/store.ts'
import { adjustable, type System } from './system.ts'

export interface RunningServer {
  readonly connection: ConnectionFile
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
    return { connection: await open(config, system, opened), closed, close }
  } catch (error) {
    await close()
    throw startFault(error, config.dataDir)
  }
}

/** Everything in the order in which it is opened. */
async function open(config: Config, system: System, opened: AsyncDisposableStack): Promise<ConnectionFile> {
  const { random, timers, wall } = system
  const clock = adjustable(system.clock)
  const log = makeLog(config.logLevel)
  makeDataDirectory(config.dataDir)

  const path = join(config.dataDir, 'landfall.db')
  const store = await openSqlite({ path, clock, timers, log: (message, facts) => log.warn(facts, message) })
  opened.defer(() => store.close())
  const settings = await settingsOf({ store, config, clock, random, log }).catch(orCannotOpen(path))
  const names = namesOf(config, settings)
  const tls = await serverCertificate({ dataDir: config.dataDir, names, wall, random })
  const metrics = makeMetrics(store)

  const hubs = linkHubs({ store, clock, random, timers, log })
  const options = config.fidelity === 'cloud' ? cloudOptions : landfallOptions
  const onAttempt = metrics.attempt
  const engine = makeEngine({ store, hubs, clock, random, timers, options, onAttempt, log })
  opened.defer(() => engine.close())
  const faults: Faults = { plan: {} }
  const device = withPace(config.dev ? withFaults(engine, faults, { random, timers }) : engine, config.pace)

  const state: State = { serving: true, endpoints: undefined }
  const parts = { store, clock, random, timers, log, device, fidelity: config.fidelity, hosts: names, tls, metrics }
  const surfaces = await makeSurfaces(parts, state)
  if (config.dev) devControls(surfaces.management, { store, clock, faults })
  const ports = await listen(surfaces, config, log, opened)
  opened.defer(() => {
    state.serving = false
    removeConnectionFile(config.dataDir)
  })

  await engine.resumePending()
  const renewal = new AbortController()
  opened.defer(() => renewal.abort())
  const order = { dataDir: config.dataDir, wall, random }
  const wanted = async () => namesOf(config, (await store.settings()) ?? settings)
  const servers = [surfaces.http.server, surfaces.mqttServer]
  void keepCertificate({ current: tls, order, wanted, servers, timers, log }, renewal.signal)
  const testFiles = config.dev ? await testCa(config.dataDir, store, { ...system, clock }) : {}
  state.endpoints = endpointsOf(config, ports)
  const connection = { ...connectionOf(settings, config, state.endpoints), rootCaPath: tls.rootCaPath, ...testFiles }
  writeConnectionFile(config.dataDir, connection)
  log.info({ ports, idScope: settings.idScope, dataDir: config.dataDir }, 'ready')
  return connection
}

interface State {
  /** False once closing began. */
  serving: boolean
  /** Known once the listeners are open. */
  endpoints: Endpoints | undefined
}

interface SurfaceParts extends DeviceApiParts {
  readonly store: Store
  readonly hosts: readonly [string, ...string[]]
  readonly tls: ServerCertificate
  readonly metrics: Metrics
}

/** What is served where: one HTTPS port for all APIs and WebSocket, one for MQTT, one for health and metrics. */
async function makeSurfaces(parts: SurfaceParts, state: State) {
  const { store, timers, log, tls, metrics } = parts
  const identity = { key: tls.keyPem, certificate: tls.chainPem }
  const limits = defaultLimits
  const hosts = () => parts.hosts
  const serving = () => state.serving

  const mqtt = makeMqtt({ services: [deviceMqtt(parts)], limits, timers, log })
  const mqttServer = makeMqttServer(mqtt, identity, limits)
  const http = makeHttp({ ...parts, identity, limits })
  acceptWebSockets(http.server, mqtt, limits)
  healthRoutes(http.app, { store, serving })
  await http.app.register(explainUpgrade)
  await http.app.register(deviceHttps(parts))
  await http.app.register(serviceApi({ ...parts, hosts }))
  await http.app.register(hubServiceApi(parts))
  await http.app.register(operatorApi({ ...parts, endpoints: () => opened(state.endpoints) }))
  const management = managementListener({ store, metrics, rootPem: tls.rootPem, serving })
  return { http, mqtt, mqttServer, management }
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('asked for the endpoints before the listeners were open')
  return value
}

type Surfaces = Awaited<ReturnType<typeof makeSurfaces>>

async function listen(
  { http, mqtt, mqttServer, management }: Surfaces,
  config: Config,
  log: Log,
  closing: AsyncDisposableStack,
): Promise<ConnectionFile['ports']> {
  await Promise.all([http.app.ready(), management.ready()])
  closing.defer(() => management.close())
  closing.defer(() => http.close())
  closing.defer(async () => {
    const ended = stopListening(mqttServer)
    await Promise.all([mqtt.close(), ended])
  })
  const { host, httpsPort, mqttPort, managementPort } = config
  return {
    https: await openPort(http.server, { name: 'https', host, port: httpsPort }, log),
    mqtt: await openPort(mqttServer, { name: 'mqtt', host, port: mqttPort }, log),
    management: await openPort(management.server, { name: 'management', host: '127.0.0.1', port: managementPort }, log),
  }
}

function endpointsOf({ hostnames }: Config, ports: ConnectionFile['ports']): Endpoints {
  return {
    deviceEndpoint: hostAndPort(hostnames[0], ports.https),
    managementUrl: `http://127.0.0.1:${ports.management}`,
    ports,
  }
}

function connectionOf(
  settings: Settings,
  { hostnames }: Config,
  endpoints: Endpoints,
): Omit<ConnectionFile, 'rootCaPath'> {
  const [owner] = settings.policies
  const hub = settings.hubs.find(({ name }) => name === hostnames[0])
  const [hubOwner] = hub?.kind === 'embedded' ? hub.policies : []
  const { deviceEndpoint } = endpoints
  return {
    serviceConnectionString: owner ? connectionString(deviceEndpoint, owner) : '',
    deviceEndpoint,
    idScope: settings.idScope,
    hubConnectionString: hubOwner ? connectionString(deviceEndpoint, hubOwner) : '',
    managementUrl: endpoints.managementUrl,
    ports: endpoints.ports,
    pid: process.pid,
  }
}

/** Everything that clients may dial: for the server certificate, and for the resource of a token. */
function namesOf(config: Config, settings: Settings): readonly [string, ...string[]] {
  const hubs = settings.hubs.filter(({ kind }) => kind === 'embedded').map(({ name }) => name)
  const [first, ...rest] = config.hostnames
  // the default hub, and often a standard name, is called what the service is called
  return [first, ...new Set([...rest, ...standardNames, ...hubs].filter((name) => name !== first))]
}
