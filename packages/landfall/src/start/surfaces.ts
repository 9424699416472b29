/** What is served where: one HTTPS port for all APIs and WebSocket, one for MQTT, one for AMQP, one for health and metrics. */
import { join } from 'node:path'
import { type AccessParts, makeAccess } from '../access/access.ts'
import { makeRefusals } from '../access/refusals.ts'
import type { OnAudit } from '../audit/audited.ts'
import type { Config } from '../config.ts'
import type { ConnectionFile } from '../connection-file.ts'
import { deviceAmqp } from '../device-api/amqp.ts'
import { deviceHttps } from '../device-api/https.ts'
import { deviceMqtt } from '../device-api/mqtt.ts'
import type { DeviceApiParts } from '../device-api/parts.ts'
import { hubAmqp } from '../hub/amqp/hub-amqp.ts'
import type { DeviceHubs } from '../hub/device/device-hub.ts'
import { hubDeviceHttps } from '../hub/https/device-https.ts'
import type { Jobs } from '../hub/jobs/jobs.ts'
import { hubMqtt } from '../hub/mqtt/device-mqtt.ts'
import { hubServiceApi } from '../hub/service/hub-service-api.ts'
import type { OwnCertificate } from '../instance/expiring.ts'
import { managementApi } from '../management-api/management-api.ts'
import type { Live } from '../observe/live.ts'
import type { Log } from '../observe/log.ts'
import { healthRoutes, managementListener } from '../observe/management.ts'
import type { Metrics } from '../observe/metrics.ts'
import { type Endpoints, type OperatorParts, operatorApi } from '../operator-api/operator-api.ts'
import { portalFiles } from '../portal/files.ts'
import { readableUrl } from '../portal/pages.ts'
import { portal } from '../portal/portal.ts'
import { makeAmqp, makeAmqpServer } from '../protocol/amqp.ts'
import { makeHttp } from '../protocol/http.ts'
import { defaultLimits } from '../protocol/limits.ts'
import { stopListening } from '../protocol/listener.ts'
import { makeMqtt, makeMqttServer } from '../protocol/mqtt.ts'
import { schemaController } from '../protocol/schema-compilers.ts'
import { acceptWebSockets, explainUpgrade } from '../protocol/websocket.ts'
import type { Hubs } from '../registration/hub.ts'
import { serviceApi } from '../service-api/service-api.ts'
import type { Store } from '../store/store.ts'
import { fromHere } from './from-here.ts'
import { openPort } from './open-port.ts'
import { eventHubAt } from './reach.ts'
import type { ServerCertificate } from './server-certificate.ts'

/** What its build writes, beside this package. */
const portalDir = join(import.meta.dirname, '../../../portal/dist')

export interface State {
  /** False once closing began. */
  serving: boolean
  /** Known once the listeners are open. */
  endpoints: Endpoints | undefined
}

interface Parts extends DeviceApiParts {
  readonly rehearsing: OperatorParts['rehearsing']
  readonly store: Store
  readonly hosts: readonly [string, ...string[]]
  readonly tls: ServerCertificate
  readonly hubs: Hubs
  /** The devices of the embedded hubs, as transports and back ends meet them. */
  readonly devices: DeviceHubs
  readonly jobs: Jobs
  readonly ownCertificates: () => readonly OwnCertificate[]
  readonly metrics: Metrics
  /** Told of each change through an API, once it is on disk. */
  readonly onAudit: OnAudit
  readonly pace: 'fast' | 'cloud'
  readonly live: Live
  readonly oidc: AccessParts['oidc']
}

export type Surfaces = Awaited<ReturnType<typeof makeSurfaces>>

export async function makeSurfaces(parts: Parts, state: State) {
  const { store, timers, log, tls, metrics } = parts
  const identity = { key: tls.keyPem, certificate: tls.chainPem }
  const limits = defaultLimits
  const access = makeAccess(parts)
  const refusals = makeRefusals()
  const serving = () => state.serving

  const mqtt = makeMqtt({ services: [deviceMqtt(parts), hubMqtt(parts)], limits, timers, log })
  const mqttServer = makeMqttServer(mqtt, identity, limits)
  const { devices } = parts
  const hubs = hubAmqp({ ...parts, backEnd: devices, telemetry: devices.telemetry })
  const amqp = makeAmqp({ services: [deviceAmqp(parts), hubs], limits, timers, log })
  const amqpServer = makeAmqpServer(amqp, identity, limits)
  const http = makeHttp({ ...parts, identity, limits, urlFor: readableUrl, onRefusal: refusals.note })
  acceptWebSockets(http.server, { mqtt, amqp }, limits)
  healthRoutes(http.app, { store, serving })
  await http.app.register(explainUpgrade)
  await http.app.register(deviceHttps(parts))
  await http.app.register(serviceApi({ ...parts, access, noteRefusal: refusals.note }))
  await http.app.register(hubServiceApi(parts))
  await http.app.register(hubDeviceHttps(parts))
  const endpoint = () => known(state.endpoints).deviceEndpoint
  const eventHubOf = (hub: string) => eventHubAt(hub, known(state.endpoints).ports.amqp)
  await http.app.register(managementApi({ ...parts, access, endpoint, eventHubOf, noteRefusal: refusals.note }))
  const endpoints = () => known(state.endpoints)
  const here = () => fromHere({ server: http.server, ports: endpoints().ports, rootPem: tls.rootPem })
  await http.app.register(operatorApi({ ...parts, access, refusals, endpoints, fromHere: here }))
  const files = portalFiles(portalDir)
  await http.app.register(portal({ ...parts, access, files, noteRefusal: refusals.note }))
  const management = managementListener({ store, metrics, rootPem: tls.rootPem, serving, schemaController })
  return { http, mqtt, mqttServer, amqp, amqpServer, management }
}

function known(endpoints: Endpoints | undefined): Endpoints {
  if (endpoints === undefined) throw new Error('asked for the endpoints before the listeners were open')
  return endpoints
}

/** What was begun is answered before `opened` is closed. */
export async function listen(
  { http, mqtt, mqttServer, amqp, amqpServer, management }: Surfaces,
  config: Config,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<ConnectionFile['ports']> {
  await Promise.all([http.app.ready(), management.ready()])
  opened.defer(() => management.close())
  opened.defer(() => http.close())
  opened.defer(async () => {
    const ended = stopListening(mqttServer)
    await Promise.all([mqtt.close(), ended])
  })
  opened.defer(async () => {
    const ended = stopListening(amqpServer)
    await Promise.all([amqp.close(), ended])
  })
  const { host, httpsPort, mqttPort, amqpPort, managementPort } = config
  return {
    https: await openPort(http.server, { name: 'https', host, port: httpsPort }, log),
    mqtt: await openPort(mqttServer, { name: 'mqtt', host, port: mqttPort }, log),
    amqp: await openPort(amqpServer, { name: 'amqp', host, port: amqpPort }, log),
    management: await openPort(management.server, { name: 'management', host: '127.0.0.1', port: managementPort }, log),
  }
}
