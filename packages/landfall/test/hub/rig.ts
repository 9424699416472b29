/** A device of an embedded hub without an SDK: an identity made over REST, and an MQTT connection that says what it hears. */
import { readFileSync } from 'node:fs'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { StoredEvent } from '../../src/hub/telemetry/event.ts'
import { partitionOf } from '../../src/hub/telemetry/partition.ts'
import { type DeviceId, hubNameOf } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { httpsFetch } from '../https-fetch.ts'
import type { ServiceProcess } from '../process.ts'
import type { World } from '../world.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** A service that may be another process. */
export type Reach = Pick<World, 'host' | 'authority' | 'connection' | 'fetch'>

export function reachOf({ connection }: ServiceProcess): Reach {
  const { rootCaPath, ports } = connection
  const host = 'localhost'
  return { host, authority: `${host}:${ports.https}`, connection, fetch: httpsFetch(rootCaPath) }
}

export const hubOf = ({ host }: Pick<World, 'host'>) => hubNameOf(host)

/** Asks the hub as its owner: `hub(world, 'GET /devices/d1')`. */
export async function hub(
  world: Reach,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const answer = await world.fetch(`https://${world.authority}${path}?api-version=2021-04-12`, {
    method,
    headers: { authorization: ownerToken(world), 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

function ownerToken({ connection, host }: Reach): string {
  const key = /SharedAccessKey=(.+)$/.exec(connection.hubConnectionString)?.[1] ?? ''
  return makeToken({ resource: host, key, policyName: 'iothubowner', expiry: Date.now() + 3600_000 })
}

/** Made on the hub with keys of its own; gives the primary one. */
export async function makeDevice(world: Reach, deviceId: string, more: object = {}): Promise<string> {
  const { body } = await hub(world, `PUT /devices/${encodeURIComponent(deviceId)}`, { deviceId, ...more })
  return body.authentication?.symmetricKey?.primaryKey ?? ''
}

export interface DeviceOrder extends Omit<IClientOptions, 'query'> {
  readonly deviceId: string
  readonly moduleId?: string
  /** Base64; a token is made of it. */
  readonly deviceKey?: string
  readonly tokenExpiry?: number
  readonly query?: string
}

export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly qos: number
  readonly dup: boolean
  /** Of the packet; absent at QoS 0. */
  readonly messageId: number | undefined
}

export interface RawHubDevice {
  readonly client: MqttClient
  readonly heard: Heard[]
  /** The next message that fits, of those that came already or will. */
  hears(fits: RegExp): Promise<Heard>
  readonly gone: Promise<void>
  readonly sessionPresent: boolean
}

function dial(world: Reach, order: DeviceOrder): MqttClient {
  const {
    deviceId,
    moduleId,
    deviceKey,
    tokenExpiry = Date.now() + 3600_000,
    query = '/?api-version=2021-04-12',
    ...rest
  } = order
  const ofModule = moduleId === undefined ? '' : `/modules/${encodeURIComponent(moduleId)}`
  const resource = `${world.host}/devices/${encodeURIComponent(deviceId)}${ofModule}`
  const clientId = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`
  return connect({
    protocol: 'mqtts',
    host: world.host,
    port: world.connection.ports.mqtt,
    ca: readFileSync(world.connection.rootCaPath),
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    reconnectPeriod: 0,
    clientId,
    username: `${world.host}/${clientId}${query}`,
    ...(deviceKey && { password: makeToken({ resource, key: deviceKey, expiry: tokenExpiry }) }),
    ...rest,
  })
}

export async function connectDevice(world: Reach, order: DeviceOrder): Promise<RawHubDevice> {
  const client = dial(world, order)
  const heard: Heard[] = []
  const waiting: (() => void)[] = []
  client.on('message', (topic, payload, { qos, dup, messageId }) => {
    heard.push({ topic, payload: payload.toString(), qos, dup, messageId })
    for (const wake of waiting.splice(0)) wake()
  })
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const { sessionPresent } = await connackOf(client)
  return {
    client,
    heard,
    gone,
    sessionPresent,
    async hears(fits) {
      for (;;) {
        const index = heard.findIndex(({ topic, payload }) => fits.test(`${topic} ${payload}`))
        const [found] = index < 0 ? [] : heard.splice(index, 1)
        if (found) return found
        await Promise.race([
          new Promise<void>((resolve) => waiting.push(resolve)),
          gone.then(() => {
            throw new Error(`the device was cut off before it heard ${fits}; it heard ${JSON.stringify(heard)}`)
          }),
        ])
      }
    },
  }
}

/** Rejects with what the server said, `code` being that of its CONNACK, or that it closed. */
function connackOf(client: MqttClient): Promise<{ readonly sessionPresent: boolean }> {
  return new Promise((resolve, reject) => {
    client.once('connect', resolve)
    client.on('error', reject)
    client.once('close', () => reject(new Error('closed without a CONNACK')))
  })
}

/** Where a device answers the call that it heard on `topic`. */
export const answerTopic = (topic: string, status = 200) => topic.replace(/POST\/[^/]+/, `res/${status}`)

/** As of a device, a module of one. */
export async function makeModule(world: Reach, deviceId: string, moduleId: string, more: object = {}): Promise<string> {
  const { body } = await hub(world, `PUT /devices/${deviceId}/modules/${moduleId}`, { deviceId, moduleId, ...more })
  return body.authentication?.symmetricKey?.primaryKey ?? ''
}

/** What the hub keeps of a device, oldest first. */
export async function telemetryOf(world: World, deviceId: string): Promise<readonly StoredEvent[]> {
  const of = { hub: hubOf(world), partition: partitionOf(deviceId as DeviceId) }
  const events = await world.devices.telemetry.read({ ...of, after: -1, limit: 10_000, bytes: 1 << 26 })
  return events.filter((event) => event.deviceId === deviceId)
}

export const textsOf = (events: readonly StoredEvent[]) => events.map(({ body }) => Buffer.from(body).toString())
