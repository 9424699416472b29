/** Real listeners on free ports before a recording engine, and small clients for them. */
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { deviceAmqp } from '../../src/device-api/amqp.ts'
import { deviceHttps } from '../../src/device-api/https.ts'
import { deviceMqtt } from '../../src/device-api/mqtt.ts'
import type { DeviceApiParts } from '../../src/device-api/parts.ts'
import type { Log } from '../../src/observe/log.ts'
import { makeAmqp, makeAmqpServer } from '../../src/protocol/amqp.ts'
import { makeHttp } from '../../src/protocol/http.ts'
import { defaultLimits, type ProtocolLimits } from '../../src/protocol/limits.ts'
import { listen, stopListening } from '../../src/protocol/listener.ts'
import { type Mqtt, makeMqtt, makeMqttServer } from '../../src/protocol/mqtt.ts'
import type { MqttService } from '../../src/protocol/mqtt-service.ts'
import { acceptWebSockets, explainUpgrade } from '../../src/protocol/websocket.ts'
import { realSystem, type Timers } from '../../src/system.ts'
import { makeRecorder, type Recorder } from './recorder.ts'
import { makeTestPki, type TestPki } from './test-pki.ts'

export interface LogLine {
  readonly level: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly message: string
}

export interface TransportWorld {
  readonly pki: TestPki
  readonly device: Recorder
  readonly log: LogLine[]
  readonly httpsPort: number
  readonly mqttPort: number
  readonly amqpPort: number
  readonly mqtt: Mqtt
  /** As the program does it: finish what was begun, then close. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface WorldOptions {
  readonly fidelity?: 'landfall' | 'cloud'
  readonly limits?: Partial<ProtocolLimits>
  readonly wrap?: (device: Recorder) => DeviceApiParts['device']
  readonly timers?: Timers
  readonly services?: readonly MqttService[]
}

export async function startTransports(options: WorldOptions = {}): Promise<TransportWorld> {
  const { fidelity = 'landfall', wrap = (it) => it, services = [] } = options
  const pki = await sharedPki()
  const lines: LogLine[] = []
  const log = recordingLog(lines)
  const device = makeRecorder()
  const { clock, random, timers } = { ...realSystem(), ...(options.timers && { timers: options.timers }) }
  const limits = { ...defaultLimits, ...options.limits }
  const identity = { key: pki.server.key, certificate: pki.server.pem }
  const parts: DeviceApiParts = { device: wrap(device), fidelity, clock, random, timers, log }
  const http = makeHttp({ identity, limits, fidelity, clock, random, timers: realSystem().timers, log })
  http.app.register(deviceHttps(parts))
  http.app.register(explainUpgrade)
  await http.app.ready()
  const mqtt = makeMqtt({ services: [deviceMqtt(parts), ...services], limits, timers, log })
  const mqttServer = makeMqttServer(mqtt, identity, limits)
  const amqp = makeAmqp({ services: [deviceAmqp(parts)], limits, timers, log })
  const amqpServer = makeAmqpServer(amqp, identity, limits)
  acceptWebSockets(http.server, { mqtt, amqp }, limits)
  const address = { host: '127.0.0.1', port: 0 }
  const httpsPort = await listen(http.server, address)
  const mqttPort = await listen(mqttServer, address)
  const amqpPort = await listen(amqpServer, address)
  const close = async () => {
    await Promise.all([stopListening(mqttServer), mqtt.close(), stopListening(amqpServer), amqp.close(), http.close()])
  }
  return {
    pki,
    device,
    log: lines,
    httpsPort,
    mqttPort,
    amqpPort,
    mqtt,
    close,
    async [Symbol.asyncDispose]() {
      const closed = close()
      http.server.closeAllConnections()
      await closed
    },
  }
}

let pkiOfThisFile: Promise<TestPki> | undefined

/** Making keys costs more than most tests. */
function sharedPki(): Promise<TestPki> {
  pkiOfThisFile ??= makeTestPki()
  return pkiOfThisFile
}

function recordingLog(lines: LogLine[]): Log {
  const at = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts: facts as LogLine['facts'], message })
  }
  return { info: at('info'), warn: at('warn'), error: at('error'), debug: at('debug') }
}

/** TLS as a device with its chain; `cert: undefined` shows none. */
export const deviceTls = ({ pki }: TransportWorld) => ({
  host: 'localhost',
  ca: pki.root.pem,
  cert: pki.device.pem + pki.intermediate.pem,
  key: pki.device.key,
})

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any
}

/** One request on a connection of its own. */
export function call(
  world: TransportWorld,
  method: string,
  path: string,
  { body, ...options }: RequestOptions & { body?: string | Uint8Array } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { ...deviceTls(world), port: world.httpsPort, agent: false, method, path, ...options },
      (response) => {
        const chunks: Uint8Array[] = []
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const body = text.startsWith('{') ? JSON.parse(text) : undefined
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** A bare TLS connection, once its handshake is done. */
export function dial(world: TransportWorld, port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = tlsConnect({ ...deviceTls(world), port, ...options }, () => {
      socket.on('error', () => {})
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

/** Everything that comes until the other side closes. */
export function readToEnd(socket: TLSSocket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
}

export const userName = (id = 'dev-1', query = '/api-version=2019-03-31&ClientVersion=test%2F1') =>
  `0ne00000A0A/registrations/${id}${query}`

export function connectMqtt(
  world: TransportWorld,
  options: Partial<IClientOptions> = {},
  url = `mqtts://localhost:${world.mqttPort}`,
): Promise<MqttClient> {
  const { ca, cert, key } = deviceTls(world)
  return connectAsync(url, {
    protocolVersion: 4,
    clientId: 'dev-1',
    username: userName(),
    reconnectPeriod: 0,
    ca,
    cert,
    key,
    ...options,
  })
}

export interface Reply {
  readonly topic: string
  readonly payload: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any
}

export function nextReply(client: MqttClient): Promise<Reply> {
  return new Promise((resolve) => {
    client.once('message', (topic, payload) => resolve({ topic, payload, body: JSON.parse(payload.toString('ascii')) }))
  })
}

export const registerTopic = (rid = '1') => `$dps/registrations/PUT/iotdps-register/?$rid=${rid}`
export const queryTopic = (operationId: string, rid = '1') =>
  `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=${rid}&operationId=${operationId}`
