/**
 * `landfall diagnose --listen`: listeners for a live device, with the service's own certificate and the service's own
 * device API; only that registering asks for a dry run, tells its story, and refuses. Nothing is registered.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Server } from 'node:tls'
import type { ConnectionFile } from '../../connection-file.ts'
import { deviceHttps } from '../../device-api/https.ts'
import { deviceMqtt } from '../../device-api/mqtt.ts'
import type { DeviceApiParts } from '../../device-api/parts.ts'
import { makeLog } from '../../observe/log.ts'
import { makeHttp } from '../../protocol/http.ts'
import { defaultLimits } from '../../protocol/limits.ts'
import { listen, stopListening } from '../../protocol/listener.ts'
import { type Mqtt, makeMqtt, makeMqttServer } from '../../protocol/mqtt.ts'
import type { MqttService } from '../../protocol/mqtt-service.ts'
import { acceptWebSockets } from '../../protocol/websocket.ts'
import { realSystem, realTimers } from '../../system.ts'
import { exitCodes, UsageError } from '../exit.ts'
import { say, tell } from '../output.ts'
import { askedToStop, outliveReader } from '../until-stopped.ts'
import { type DiagnoseBody, type Diagnosis, wouldBeAssigned } from './ask.ts'
import { diagnosing } from './diagnosing.ts'
import { type Heard, heardStory } from './heard.ts'
import { currentWire, type Wire, wireOf } from './wire.ts'

interface LiveOrder {
  readonly ask: (body: DiagnoseBody) => Promise<Diagnosis>
  readonly local: ConnectionFile
  readonly host: string
  readonly httpsPort: number
  readonly mqttPort: number
  readonly once?: boolean
  readonly json?: boolean
}

export async function diagnoseLive(order: LiveOrder): Promise<void> {
  const { host, json, once = false, local } = order
  const stop = askedToStop()
  outliveReader()
  const first = Promise.withResolvers<Heard>()
  const onHeard = (heard: Heard) => {
    say(json ? JSON.stringify(heard) : heardStory(heard))
    if (once) first.resolve(heard)
  }
  await using opened = new AsyncDisposableStack()
  const { ports, allGone } = await open(order, onHeard, opened)
  const where = `HTTPS and WebSocket ${host}:${ports.https}, MQTT ${host}:${ports.mqtt}`
  tell(`Listening for devices: ${where}. ID scope ${local.idScope}. Nothing is registered. Press Ctrl-C to stop.`)
  const stopped = new Promise<undefined>((resolve) =>
    stop.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  const heard = await Promise.race([first.promise, stopped])
  if (heard === undefined) return
  process.exitCode = heard.diagnosis && wouldBeAssigned(heard.diagnosis) ? exitCodes.done : exitCodes.refused
  const waiting = new AbortController()
  await Promise.race([allGone(), stopped, realTimers.sleep(lingerMs, waiting.signal)])
  waiting.abort()
}

/** For the device to get its answer, and to subscribe to it first, as some do only now. */
const lingerMs = 5000

function countConnections(...servers: readonly Server[]) {
  let open = 0
  let none = () => {}
  for (const server of servers) {
    server.on('secureConnection', (socket) => {
      open++
      socket.once('close', () => {
        if (--open === 0) none()
      })
    })
  }
  return () =>
    new Promise<void>((resolve) => {
      none = resolve
      if (open === 0) resolve()
    })
}

async function open(
  { ask, local, host, httpsPort, mqttPort }: LiveOrder,
  onHeard: (heard: Heard) => void,
  opened: AsyncDisposableStack,
) {
  const system = realSystem()
  const identity = identityOf(local)
  const common = { ...system, identity, limits: defaultLimits, log: makeLog('silent'), fidelity: 'landfall' } as const
  const partsFor = (wire: () => Wire | undefined): DeviceApiParts => ({
    ...common,
    device: diagnosing({ ask, wire, onHeard }),
  })

  const http = makeHttp(common)
  const mqtt = mqttOfEach(common, partsFor, onHeard)
  const mqttServer = makeMqttServer(mqtt, identity, defaultLimits)
  acceptWebSockets(http.server, mqtt, defaultLimits)
  http.app.addHook('preHandler', (request, _reply, done) =>
    currentWire.run(wireOf(request.raw.socket, 'HTTPS', request.raw), done),
  )
  await http.app.register(deviceHttps(partsFor(() => currentWire.getStore())))
  await http.app.ready()
  opened.defer(() => http.close())
  opened.defer(async () => {
    const ended = stopListening(mqttServer)
    await Promise.all([mqtt.close(), ended])
  })
  const allGone = countConnections(http.server, mqttServer)
  const ports = {
    https: await listen(http.server, { host, port: httpsPort }),
    mqtt: await listen(mqttServer, { host, port: mqttPort }),
  }
  return { ports, allGone }
}

/** Each connection is a server of its own, which knows its socket. */
function mqttOfEach(
  common: Omit<Parameters<typeof makeMqtt>[0], 'services'>,
  partsFor: (wire: () => Wire) => DeviceApiParts,
  onHeard: (heard: Heard) => void,
): Mqtt {
  const each = new Set<Mqtt>()
  return {
    get open() {
      return each.size
    },
    serve(stream, socket, transport) {
      const wire = wireOf(socket, transport === 'mqtt' ? 'MQTT' : 'MQTT over WebSocket')
      const mqtt = makeMqtt({ ...common, services: [overheard(deviceMqtt(partsFor(() => wire)), wire, onHeard)] })
      each.add(mqtt)
      stream.once('close', () => each.delete(mqtt))
      mqtt.serve(stream, socket, transport)
    },
    close: async () => void (await Promise.all([...each].map((mqtt) => mqtt.close()))),
  }
}

/** What a CONNECT said, also where it is no device's. */
function overheard(service: MqttService, wire: Wire, onHeard: (heard: Heard) => void): MqttService {
  return {
    ...service,
    matches(connect) {
      wire.mqtt = { clientId: connect.clientId, userName: connect.userName }
      if (service.matches(connect)) return true
      onHeard({
        wire,
        unread: 'The MQTT user name is not of the form {idScope}/registrations/{registrationId}/api-version=….',
      })
      return false
    },
  }
}

function identityOf({ rootCaPath }: ConnectionFile) {
  const folder = dirname(rootCaPath)
  try {
    const [key, server, root] = ['server.key.pem', 'server.pem', 'root.pem'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    )
    return { key: key ?? '', certificate: `${server}${root}` }
  } catch {
    throw new UsageError(
      `The service's certificate cannot be read from ${folder}. Name the data directory of a service on this machine with --data.`,
    )
  }
}
