/**
 * The device API over HTTPS (contract/device-api 4): read the request, ask the engine, answer. Tolerant where clients
 * differ: any Content-Type, a GET with a body, no body at all, ids raw or percent-encoded.
 */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { moreCertificates, ownCertificate, vouchFor } from '../protocol/client-certificates.ts'
import { refusalOf } from '../protocol/http.ts'
import type { Answer, Challenge, DeviceRequest, RegistrationRequest, StatusRequest } from '../registration/request.ts'
import { checkVersion, missingVersion } from './api-version.ts'
import { deviceRequestOf, type Peer } from './device-request.ts'
import {
  bodyLimitBytes,
  readRegister,
  renderAnswer,
  renderChallenge,
  renderRegistration,
  statusOfAnswer,
} from './messages.ts'
import { logAnswer, logRefusal, refusalBody, renderingOf, retryAfterOf } from './outcome.ts'
import type { DeviceApiParts } from './parts.ts'
import { reading, unread } from './unread.ts'

interface Params {
  readonly idScope: string
  readonly registrationId: string
  readonly operationId?: string
}

const registrationUrl = '/:idScope/registrations/:registrationId'
const registerUrl = `${registrationUrl}/register`
const operationUrl = `${registrationUrl}/operations/:operationId`

/** A Fastify plugin: `app.register(deviceHttps(parts))`. */
export function deviceHttps(parts: DeviceApiParts) {
  return async (app: FastifyInstance): Promise<void> => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, (_request, body, done) =>
      done(null, body),
    )
    // before the body is read: the client may be gone by then, and its certificates with it
    app.addHook('onRequest', (request, _reply, done) => {
      ownCertificate(request.raw.socket)
      done()
    })
    app.setErrorHandler((error, request, reply) => {
      const read = readBare(parts, request)
      return refuse(parts, read, unread(parts, read, refusalOf(error, bodyLimitBytes)), reply)
    })

    app.put(registerUrl, (request, reply) =>
      answer(parts, request, reply, registrationOf, async (read) => {
        const result = await parts.device.register(read)
        if (result.kind === 'challenge') return sendChallenge(parts, read, result, reply)
        return sendAnswer(parts, read, result, request, reply)
      }),
    )
    app.get(operationUrl, (request, reply) =>
      answer(parts, request, reply, statusRequestOf, async (read) => {
        const result = await parts.device.operationStatus(read)
        return sendAnswer(parts, read, result, request, reply)
      }),
    )
    app.post(registrationUrl, (request, reply) =>
      answer(parts, request, reply, registrationOf, async (read) => {
        const registration = await parts.device.lookUp(read)
        return send(reply, read, 200, renderRegistration(registration, renderingOf(parts, read)))
      }),
    )
    refuseOtherMethods(app)
  }
}

type Reader<Read> = (bare: DeviceRequest, request: FastifyRequest) => Read

async function answer<Read extends DeviceRequest>(
  parts: DeviceApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
  readWhole: Reader<Read>,
  handler: (read: Read) => Promise<FastifyReply>,
) {
  const read = readBare(parts, request)
  try {
    const whole = reading(parts, read, () => {
      checkHeaders(request)
      // contract/device-api 10: MQTT does without one
      if (read.apiVersion === undefined) throw missingVersion()
      checkVersion(parts, read)
      return readWhole(read, request)
    })
    return await handler(whole)
  } catch (error) {
    return refuse(parts, read, error, reply)
  }
}

function readBare(parts: DeviceApiParts, request: FastifyRequest): DeviceRequest {
  const { idScope, registrationId } = request.params as Params
  const apiVersion = readVersion(request.query)
  const sasToken = request.headers.authorization
  return deviceRequestOf(parts, peerOf(request.raw.socket), { idScope, registrationId, apiVersion, sasToken })
}

const peerOf = (socket: Socket): Peer => ({
  transport: 'https',
  remoteAddress: socket.remoteAddress,
  certificates: ownCertificate(socket),
  moreCertificates: (known) => moreCertificates(socket, known),
  vouchForCertificates: () => vouchFor(socket),
})

function registrationOf(read: DeviceRequest, request: FastifyRequest): RegistrationRequest {
  const { tpm, ...body } = readRegister(request.body as Buffer | undefined)
  return { ...read, ...body, evidence: { ...read.evidence, tpm } }
}

const statusRequestOf = (read: DeviceRequest, { params }: FastifyRequest): StatusRequest => ({
  ...read,
  operationId: (params as Params).operationId ?? '',
})

/** contract/device-api 4.1: keys of the query compare without letter case; of two versions the first counts. */
function readVersion(query: unknown): string | undefined {
  for (const [key, value] of Object.entries(query as Record<string, unknown>)) {
    if (key.toLowerCase() !== 'api-version') continue
    const first: unknown = Array.isArray(value) ? value[0] : value
    return first === '' ? undefined : String(first)
  }
}

// contract/device-api 4.2: documented calls send `Content-Encoding: utf-8`; only a real compression is an obstacle
function checkHeaders({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && /^(gzip|deflate|br|zstd|compress)\b/i.test(encoding.trim()))
    throw new ProvisioningError('media_type', { type: `${printable(encoding, 20)}-compressed` })
}

function sendAnswer(
  parts: DeviceApiParts,
  read: DeviceRequest,
  result: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  logAnswer(parts, read, result)
  if (result.kind === 'assigning') {
    reply.header('retry-after', String(result.retryAfterSeconds))
    reply.header('location', registerLocation(request))
  }
  return send(reply, read, statusOfAnswer(result), renderAnswer(result, renderingOf(parts, read)))
}

/** A normal part of attesting by TPM, and no refusal: there is no error code (contract/device-api-amqp-tpm 10.1). */
function sendChallenge(
  parts: DeviceApiParts,
  read: DeviceRequest,
  challenge: Challenge,
  reply: FastifyReply,
): FastifyReply {
  logAnswer(parts, read, challenge)
  return send(reply, read, 401, renderChallenge(challenge))
}

// contract/device-api 4.2: it points to /register; no client follows it
function registerLocation({ headers, params }: FastifyRequest): string {
  const { idScope, registrationId } = params as Params
  const path = `${encodeURIComponent(idScope)}/registrations/${encodeURIComponent(registrationId)}/register`
  return `https://${headers.host ?? 'localhost'}/${path}`
}

/** Content-Type is what Node's client decides by whether there is a body at all (contract/device-api 4.2). */
function send(reply: FastifyReply, { trackingId }: DeviceRequest, status: number, body: JsonObject): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('x-ms-request-id', trackingId)
    .send(JSON.stringify(body))
}

function refuse(parts: DeviceApiParts, read: DeviceRequest, error: unknown, reply: FastifyReply): FastifyReply {
  const refusal = logRefusal(parts, read, refusalOf(error, bodyLimitBytes))
  const seconds = retryAfterOf(refusal)
  if (seconds !== undefined) reply.header('retry-after', String(seconds))
  reply.header('x-ms-error-code', String(refusal.code))
  return send(reply, read, refusal.status, { ...refusalBody(parts, read, refusal) })
}

/** contract/semantics 15.2 names 405; without this, another method on a known path would be 404. */
function refuseOtherMethods(app: FastifyInstance): void {
  const own: Readonly<Record<string, string>> = {
    [registerUrl]: 'PUT',
    [operationUrl]: 'GET',
    [registrationUrl]: 'POST',
  }
  for (const [url, method] of Object.entries(own)) {
    app.route({
      method: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].filter((other) => other !== method),
      url,
      handler: (request) => {
        throw new ProvisioningError('method_not_allowed', { method: request.method, path: printable(request.url) })
      },
    })
  }
}
