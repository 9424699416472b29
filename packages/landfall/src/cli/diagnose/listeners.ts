/** The service's own device API with the service's own certificate; only that registering asks for a dry run, and refuses. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Server } from 'node:tls'
import type { ConnectionFile } from '../../connection-file.ts'
import { deviceHttps } from '../../device-api/https.ts'
import type { DeviceApiParts } from '../../device-api/parts.ts'
import { makeLog } from '../../observe/log.ts'
import { makeAmqpServer } from '../../protocol/amqp.ts'
import { makeHttp } from '../../protocol/http.ts'
import { defaultLimits } from '../../protocol/limits.ts'
import { listen, stopListening } from '../../protocol/listener.ts'
import { makeMqttServer } from '../../protocol/mqtt.ts'
import { acceptWebSockets } from '../../protocol/websocket.ts'
import { type PortOrder, PortUnavailable } from '../../start/open-port.ts'
import { realSystem } from '../../system.ts'
import { UsageError } from '../exit.ts'
import type { DiagnoseBody, Diagnosis } from './ask.ts'
import { diagnosing } from './diagnosing.ts'
import type { Heard } from './heard.ts'
import { amqpOfEach, mqttOfEach } from './of-each.ts'
import { currentWire, type Wire, wireOf } from './wire.ts'

export interface ListenerOrder {
  readonly ask: (body: DiagnoseBody) => Promise<Diagnosis>
  readonly local: ConnectionFile
  readonly host: string
  readonly httpsPort: number
  readonly mqttPort: number
  readonly amqpPort: number
}

export async function openListeners(
  { ask, local, host, httpsPort, mqttPort, amqpPort }: ListenerOrder,
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
  const amqp = amqpOfEach(common, partsFor, onHeard)
  const amqpServer = makeAmqpServer(amqp, identity, defaultLimits)
  acceptWebSockets(http.server, { mqtt, amqp }, defaultLimits)
  http.app.addHook('preHandler', (request, _reply, done) =>
    currentWire.run(wireOf(request.raw.socket, 'HTTPS', request.raw), done),
  )
  http.app.addHook('onResponse', async ({ raw, is404 }) => {
    if (is404) onHeard({ wire: wireOf(raw.socket, 'HTTPS', raw), unread: 'No device API is at this path.' })
  })
  await http.app.register(deviceHttps(partsFor(() => currentWire.getStore())))
  await http.app.ready()
  opened.defer(() => http.close())
  opened.defer(async () => {
    const ended = stopListening(mqttServer)
    await Promise.all([mqtt.close(), ended])
  })
  opened.defer(async () => {
    const ended = stopListening(amqpServer)
    await Promise.all([amqp.close(), ended])
  })
  const servers = [http.server, mqttServer, amqpServer]
  const allGone = countConnections(...servers)
  for (const server of servers) tellOfHandshakes(server, local, onHeard)
  const ports = {
    https: await openPort(http.server, { name: 'https', host, port: httpsPort }),
    mqtt: await openPort(mqttServer, { name: 'mqtt', host, port: mqttPort }),
    amqp: await openPort(amqpServer, { name: 'amqp', host, port: amqpPort }),
  }
  return { ports, allGone }
}

/** Gives a function whose promise resolves when no connection is open. */
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

const portFaults: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open ports below 1024 here',
  EADDRINUSE: 'another program has it',
  EADDRNOTAVAIL: 'this machine has no such address',
}

/** The port that was asked for or none: the device dials that one. */
async function openPort(server: Server, order: PortOrder): Promise<number> {
  try {
    return await listen(server, order)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new PortUnavailable(order, portFaults[code] ?? message)
  }
}

/** A device that does not trust the service goes away before it says a word. */
function tellOfHandshakes(server: Server, { rootCaPath }: ConnectionFile, onHeard: (heard: Heard) => void): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, { remoteAddress }) => {
    const { code = error.message } = error
    const trust = /UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|ECONNRESET/.test(code)
    const advice = trust ? ` Does the device trust ${rootCaPath}, and dial a name that the certificate has?` : ''
    onHeard({ wire: { protocol: 'TLS', remoteAddress }, unread: `The TLS handshake failed (${code}).${advice}` })
  })
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
