/** `/landfall/hubs/:name/…`: what people ask of the devices of an embedded hub. Back ends have the hub's own API for it. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { deedOf } from '../access/visits.ts'
import { noteCommand } from '../audit/command.ts'
import { ProvisioningError } from '../fault.ts'
import type { DeviceAddress } from '../hub/device/back-end.ts'
import { readMethod } from '../hub/method-order.ts'
import { readDevice, readTwin } from '../hub/registry.ts'
import type { Start } from '../hub/telemetry/log.ts'
import { twinView } from '../hub/views.ts'
import { type HubName, parseDeviceId } from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import { embeddedNamed } from '../instance/hubs.ts'
import type { JsonObject } from '../json.ts'
import type { OperatorParts } from './parts.ts'
import { telemetryStream } from './telemetry-stream.ts'
import { sendEvents } from './watch.ts'

interface OfHub {
  Params: { name: string }
}
interface OfDevice {
  Params: { name: string; deviceId: string }
}
interface Telemetry extends OfHub {
  Querystring: { device?: string; since?: string; from?: 'start' | 'now' }
}
interface Message extends OfDevice {
  Body: {
    readonly body?: string
    readonly bodyBase64?: string
    readonly messageId?: string
    readonly properties?: Readonly<Record<string, string>>
  }
}

const telemetryQuery = {
  type: 'object',
  properties: {
    device: { type: 'string', maxLength: 128 },
    since: { type: 'string', maxLength: 40 },
    from: { enum: ['start', 'now'] },
  },
}

const messageBody = {
  type: 'object',
  properties: {
    body: { type: 'string' },
    bodyBase64: { type: 'string' },
    messageId: { type: 'string', maxLength: 128 },
    properties: { type: 'object', additionalProperties: { type: 'string', maxLength: 65536 } },
  },
  additionalProperties: false,
}

export function hubDeviceRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { devices, store, random, clock } = parts
  const registry = { store, random }
  const addressOf = async ({ name, deviceId }: OfDevice['Params']): Promise<DeviceAddress> => ({
    hub: await embeddedHub(name, parts),
    deviceId: parseDeviceId(deviceId),
  })

  /** A device that is not there is told nothing. */
  const note = async (request: FastifyRequest, address: DeviceAddress, what: JsonObject) => {
    const { deviceId: id, hub } = await readDevice(registry, { ...address, at: clock.now() })
    await noteCommand(parts, deedOf(request, parts), { target: { kind: 'device', id, hub }, what })
  }

  app.get<Telemetry>('/hubs/:name/telemetry', { schema: { querystring: telemetryQuery } }, async (request, reply) => {
    const { device } = request.query
    const order = {
      hub: await embeddedHub(request.params.name, parts),
      deviceId: device === undefined ? undefined : parseDeviceId(device),
      start: startOf(request.query),
    }
    const means = { ...parts, telemetry: devices.telemetry }
    return sendEvents(request, reply, parts, (watching) => telemetryStream(means, order, watching))
  })

  app.get<OfDevice>('/hubs/:name/devices/:deviceId/twin', async ({ params }) => {
    const address = await addressOf(params)
    const place = { ...address, at: clock.now() }
    const device = await readDevice(registry, place)
    const [twin, presence, cloudMessages] = await Promise.all([
      readTwin(registry, place),
      devices.presenceOf(address),
      devices.cloudMessageCount(address),
    ])
    return twinView(device, twin, { ...presence, cloudMessages })
  })

  app.post<OfDevice & { Body: JsonObject }>(
    '/hubs/:name/devices/:deviceId/methods',
    { schema: { body: { type: 'object' } } },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const address = await addressOf(request.params)
      const order = readMethod(request.body)
      await note(request, address, { method: order.name })
      return devices.invokeMethod(address, { ...order, signal: gone.signal })
    },
  )

  app.post<Message>(
    '/hubs/:name/devices/:deviceId/messages',
    { schema: { body: messageBody } },
    async (request, reply) => {
      const { params, body } = request
      const address = await addressOf(params)
      const { messageId = random.uuid(), properties = {} } = body
      const order = { body: bytesOf(body), properties, system: { messageId }, ack: 'none' } as const
      await note(request, address, { messageId })
      await devices.sendCloudMessage(address, order)
      return reply.status(202).send({ messageId, waiting: await devices.cloudMessageCount(address) })
    },
  )
}

const embeddedHub = async (name: string, parts: OperatorParts): Promise<HubName> =>
  embeddedNamed(await readSettings(parts), name).name

function startOf({ since, from }: Telemetry['Querystring']): Start {
  if (since === undefined) return from === 'start' ? 'earliest' : 'latest'
  const at = Date.parse(since)
  if (Number.isNaN(at))
    throw new ProvisioningError('invalid', { message: 'since is an ISO 8601 time, such as 2030-01-01T00:00:00Z.' })
  return { enqueuedAfter: at - 1 }
}

const bytesOf = ({ body = '', bodyBase64 }: Message['Body']): Uint8Array =>
  bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, 'base64')
