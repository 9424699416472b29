/** HTTPS: one Fastify instance on one TLS server. What belongs to no route is answered here, small and as JSON. */
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { errorBodyOf, ProvisioningError } from '../fault.ts'
import { makeTrackingId, printable } from '../ids.ts'
import type { Log } from '../observe/log.ts'
import type { Clock, Instant, Random, Timers } from '../system.ts'
import type { ProtocolLimits } from './limits.ts'
import { boundConnections, stopListening } from './listener.ts'
import { schemaController } from './schema-compilers.ts'
import { type TlsIdentity, tlsOptions } from './tls.ts'

export interface HttpParts {
  readonly identity: TlsIdentity
  readonly limits: ProtocolLimits
  /** `cloud`: bare error texts. */
  readonly fidelity: 'landfall' | 'cloud'
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  /** What is looked up in place of the path and query that came. */
  readonly urlFor?: (url: string) => string
  /** What was refused before any room saw it. */
  readonly onRefusal?: (
    request: FastifyRequest,
    refusal: ProvisioningError,
    told: { readonly trackingId: string; readonly at: Instant },
  ) => void
}

export type Http = ReturnType<typeof makeHttp>

/** Largest body that any route may raise its own limit to is the route's business; this is what the others take. */
const bodyBytes = 1024 * 1024

export function makeHttp(parts: HttpParts) {
  const { limits } = parts
  const app = fastify<Server>({
    serverFactory: (handler) => makeServer(parts, handler),
    clientErrorHandler: (error, socket) => answerBrokenRequest(parts, error, socket as Socket),
    frameworkErrors: (error, request, reply) => answerError(parts, error, request, reply),
    rewriteUrl: ({ url = '/' }) => parts.urlFor?.(url) ?? url,
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      // an id of 128 characters, each percent-encoded, and whatever longer one the engine is to name in its refusal
      maxParamLength: limits.headerBytes,
    },
    bodyLimit: bodyBytes,
    schemaController,
    // with them 1e400, which is Infinity, would be below every maximum
    ajv: { customOptions: { strictNumbers: false } },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    logger: false,
    exposeHeadRoutes: false,
  })
  app.addHook('onRequest', async (_request, reply) => void reply.headers(answerHeaders))
  app.setNotFoundHandler((request, reply) =>
    answerError(
      parts,
      new ProvisioningError('not_found', { method: request.method, path: printable(pathOf(request)) }),
      request,
      reply,
    ),
  )
  app.setErrorHandler((error: Error, request, reply) => answerError(parts, error, request, reply))
  const server = app.server
  const requests = countRequests(server)
  return {
    app,
    server,
    /** Accepts no more, lets requests under way end, and closes the rest: what is idle, or slow to say what it wants. */
    async close(): Promise<void> {
      const closed = stopListening(server)
      server.keepAliveTimeout = 1
      server.closeIdleConnections()
      await requests.ended()
      await Promise.race([closed, parts.timers.sleep(lastBytesMs)])
      server.closeAllConnections()
      await app.close()
      await closed
    },
  }
}

/**
 * For a browser that is led to an answer of any API: it takes it for nothing but what it is, shows it in no frame, lends it
 * to no other site, and keeps nothing of it, since keys may be in it. The portal says more of its pages.
 */
const answerHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** For the last answers to reach their clients. */
const lastBytesMs = 1000

function countRequests(server: Server) {
  let open = 0
  let none = () => {}
  server.on('request', (_request, response) => {
    open++
    response.once('close', () => {
      if (--open === 0) none()
    })
  })
  return {
    /** Resolves when none is under way. */
    ended: () =>
      new Promise<void>((resolve) => {
        none = resolve
        if (open === 0) resolve()
      }),
  }
}

function makeServer({ identity, limits }: HttpParts, handler: Parameters<typeof createServer>[1]): Server {
  const server = createServer(
    {
      ...tlsOptions(identity, limits.handshakeMs),
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.httpIdleMs,
      connectionsCheckingInterval: Math.min(5000, limits.headersMs),
      // an offer of h2c or the like is no reason to leave HTTP/1.1
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => /\bwebsocket\b/i.test(headers.upgrade ?? ''),
    },
    handler,
  )
  boundConnections(server, limits)
  return server
}

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0] ?? ''

/** Fastify's own errors in the catalogue's words; what nobody foresaw becomes 500 without text. */
export function refusalOf(
  error: unknown,
  bodyLimitBytes: number = bodyBytes,
  contentType = 'of an unreadable type',
): ProvisioningError {
  if (error instanceof ProvisioningError) return error
  const { code, statusCode } = error as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ProvisioningError('body_too_large', { limitBytes: bodyLimitBytes })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new ProvisioningError('media_type', { type: contentType })
  if (code === 'ECONNRESET' && statusCode === 400)
    return new ProvisioningError('bad_request', { message: 'The connection ended in the middle of the request.' })
  if (code === 'FST_ERR_BAD_URL')
    return new ProvisioningError('bad_request', {
      message: 'The path is not percent-encoded text. Encode each part of it once.',
    })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new ProvisioningError('body_malformed', { why: printable((error as Error).message) })
  return new ProvisioningError('internal', {}, { cause: error })
}

function answerError(parts: HttpParts, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error)
  const trackingId = makeTrackingId(parts.random)
  const facts = { trackingId, reason: refusal.reason, code: refusal.code, remoteAddress: request.ip }
  if (refusal.status >= 500) parts.log.error({ ...facts, err: refusal.cause }, 'a request failed unforeseen')
  else parts.log.info(facts, 'a request was refused')
  const at = parts.clock.now()
  parts.onRefusal?.(request, refusal, { trackingId, at })
  reply
    .code(refusal.status)
    // no hook runs for a path that cannot be read
    .headers(answerHeaders)
    .header('content-type', 'application/json; charset=utf-8')
    .header('x-ms-request-id', trackingId)
    .header('x-ms-error-code', String(refusal.code))
    .send(JSON.stringify(errorBodyOf(refusal, { trackingId, at, bare: parts.fidelity === 'cloud' })))
}

/** What was no HTTP at all, or never came to an end. A failed TLS handshake has nobody to read an answer. */
function answerBrokenRequest(parts: HttpParts, error: Error & { code?: string }, socket: Socket): void {
  const status = statusOfBroken(error.code ?? '')
  if (!socket.writable || status === undefined) {
    socket.destroy()
    return
  }
  const trackingId = makeTrackingId(parts.random)
  const refusal = new ProvisioningError('bad_request', { message: brokenSentence[status] ?? brokenSentence[400] })
  const body = JSON.stringify({
    ...errorBodyOf(refusal, { trackingId, at: parts.clock.now(), bare: parts.fidelity === 'cloud' }),
    errorCode: status * 1000,
  })
  parts.log.info(
    { trackingId, code: status * 1000, why: error.code, remoteAddress: socket.remoteAddress },
    'a connection sent no HTTP request that can be read',
  )
  socket.end(
    `HTTP/1.1 ${status} ${brokenPhrase[status] ?? 'Bad Request'}\r\nConnection: close\r\nx-ms-request-id: ${trackingId}\r\n` +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** Undefined: a fault of the connection or of its handshake. */
function statusOfBroken(code: string): number | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code.startsWith('HPE_') ? 400 : undefined
}

const brokenPhrase: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}
const brokenSentence: Readonly<Record<number, string>> = {
  400: 'This is not an HTTP/1.1 request.',
  408: 'The request did not arrive in time.',
  413: 'The chunk extensions of the request are too large.',
  431: 'The headers of the request are too large.',
}
