/**
 * Devices over HTTPS (contract/iot-hub 12): each request shows who it is anew. Its paths are none of provisioning's, and
 * the Host header says which hub is meant.
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { readJsonBody } from '../../protocol/http-body.ts'
import type { Clock, Random } from '../../system.ts'
import type { DeviceCalls, DeviceHub } from '../device/session.ts'
import { HubRefusal } from '../refusal.ts'
import { refuseWithoutApiVersion, requestDecorators, trackingIdOf } from '../service/call.ts'
import { answerError, type ErrorParts } from '../service/errors.ts'
import { knockOf } from './knock.ts'
import { contentTypeOf, headersOf, isBatch, readBatch, readMessage } from './messages.ts'

export interface DeviceHttpsParts extends ErrorParts {
  readonly devices: DeviceHub
  readonly clock: Clock
  readonly random: Random
}

/** A batch of 256 KiB in base64, with its properties. */
const bodyBytes = 512 * 1024
const callsKey = 'deviceCalls'
const messages = '/devices/:id/messages'

export function hubDeviceHttps(parts: DeviceHttpsParts): FastifyPluginAsync {
  return async (app) => {
    for (const name of [...requestDecorators, callsKey]) app.decorateRequest(name, undefined)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    app.setErrorHandler((error, request, reply) => answerError(parts, asDevicesKnow(error), request, reply))
    // before the body is read: nobody sends one without having come in
    app.addHook('onRequest', async (request) => {
      const admission = await parts.devices.admit(knockOf(request, trackingIdOf(request, parts.random)))
      refuseWithoutApiVersion(request)
      request.setDecorator<DeviceCalls>(callsKey, parts.devices.callsOf(admission))
    })
    messageRoutes(app)
    fileRoutes(app)
  }
}

// contract/iot-hub 12.5: a device that may not come in is 401 to its client, which takes 403 for a full queue
function asDevicesKnow(error: unknown): unknown {
  const isDisabled = error instanceof HubRefusal && error.code === 'DeviceDisabled'
  return isDisabled ? new HubRefusal('IotHubUnauthorized', error.message) : error
}

const callsOf = (request: FastifyRequest) => request.getDecorator<DeviceCalls>(callsKey)
const lockOf = (request: FastifyRequest) => (request.params as { lock: string }).lock.replaceAll('"', '')

function messageRoutes(app: FastifyInstance): void {
  app.post(`${messages}/events`, async (request, reply) => {
    const { headers, body } = request
    const bytes = Buffer.isBuffer(body) ? body : undefined
    const sent = isBatch(headers['content-type'])
      ? readBatch(bytes && readJsonBody(bytes, 'application/json'))
      : [readMessage(headers, bytes)]
    await callsOf(request).sendTelemetry(sent)
    return reply.code(204).send()
  })
  app.get(`${messages}/devicebound`, async (request, reply) => {
    const delivery = await callsOf(request).inbox.receive()
    if (!delivery) return reply.code(204).send()
    const { message, lockToken } = delivery
    // Fastify writes names in lower case; azure-iot-sdk-c looks for "ETag", and properties have the case that they were sent in
    for (const [name, value] of Object.entries(headersOf(message, lockToken))) reply.raw.setHeader(name, value)
    reply.type(contentTypeOf(message))
    return reply.send(Buffer.from(message.body))
  })
  app.delete(`${messages}/devicebound/:lock`, async (request, reply) => {
    const { inbox } = callsOf(request)
    const isRejected = Object.hasOwn(request.query as object, 'reject')
    await (isRejected ? inbox.reject(lockOf(request)) : inbox.complete(lockOf(request)))
    return reply.code(204).send()
  })
  app.post(`${messages}/devicebound/:lock/abandon`, async (request, reply: FastifyReply) => {
    await callsOf(request).inbox.abandon(lockOf(request))
    return reply.code(204).send()
  })
}

/** contract/iot-hub 12.6: without a storage a hub says so. */
function fileRoutes(app: FastifyInstance): void {
  const refuse = async () => {
    throw new HubRefusal(
      'DefaultStorageEndpointNotConfigured',
      'This hub has no storage to upload files to. Send the content as telemetry, or upload it somewhere else.',
    )
  }
  app.post('/devices/:id/files', refuse)
  app.post('/devices/:id/files/notifications', refuse)
  app.post('/devices/:id/files/notifications/:correlationId', refuse)
}
