import type { ConnectionString } from './connection-string.ts'
import { errorOf, ServiceUnreachableError } from './errors.ts'
import { Tokens } from './sas.ts'

/** The newest api-version that the cloud service has released for these operations. */
export const defaultApiVersion = '2021-10-01'

/** How the client behaves; each member has a sensible default. */
export interface ClientOptions {
  readonly apiVersion?: string
  /** For one attempt, 30 seconds unless told. */
  readonly timeoutMs?: number
  /** Further attempts after 429 and, for calls that only read, after 5xx or a lost connection: 3 unless told. */
  readonly retries?: number
  /** In place of the global fetch, for instance one that trusts a private CA. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** In place of the machine's clock, milliseconds since 1970. A clock that is wrong is set right by the service's. */
  readonly now?: () => number
  /**
   * Told when a call was done, but not as it was probably meant: a group whose certificate is not verified yet, a
   * condition that is not understood. Landfall says so; the cloud is silent.
   */
  readonly onWarning?: (warning: string) => void
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, its waits included. */
  readonly signal?: AbortSignal
}

export interface Request extends CallOptions {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Percent-encoded, beginning with a slash. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the call changes nothing; GET does by nature. Such a call is repeated after a failure. */
  readonly reads?: boolean
}

export interface Reply<Body> {
  readonly body: Body
  readonly headers: Headers
}

export type Send = <Body>(request: Request) => Promise<Reply<Body>>
export type Open = (request: Request) => Promise<Response>

export interface Transport {
  readonly send: Send
  /** For an answer that goes on: without a time limit, until the signal ends it. */
  readonly open: Open
}

export function makeTransport(connection: ConnectionString, options: ClientOptions): Transport {
  const { timeoutMs = 30_000 } = options
  const ask = makeAsk(connection, options)
  return {
    open: (request) => ask(request, undefined),
    send: async <Body>(request: Request) => readReply<Body>(await ask(request, timeoutMs), connection.hostName),
  }
}

type Ask = (request: Request, timeoutMs: number | undefined) => Promise<Response>

/** Sends one request with a token, repeats it where that is safe, and turns a refusal into a typed error. */
function makeAsk(connection: ConnectionString, options: ClientOptions): Ask {
  const tokens = new Tokens(connection, options.now)
  const { retries = 3, fetch = globalThis.fetch, apiVersion = defaultApiVersion } = options

  async function attempt(request: Request, timeoutMs: number | undefined): Promise<Response> {
    const { method, path, body, signal } = request
    const query = path.includes('?') ? '&' : '?'
    return await fetch(`https://${connection.hostName}${path}${query}api-version=${apiVersion}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: await tokens.token(),
        ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...request.headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.any([
        ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
        ...(signal ? [signal] : []),
      ]),
    })
  }

  return async (request, timeoutMs) => {
    let corrected = false
    for (let left = retries; ; left--) {
      const answer = await attempt(request, timeoutMs).catch((error: unknown) => new Unanswered(error))
      request.signal?.throwIfAborted()
      if (left > 0 && worthRepeating(request, answer)) {
        await pause(pauseBefore(retries - left, answer), request.signal)
        continue
      }
      if (answer instanceof Unanswered) throw new ServiceUnreachableError(connection.hostName, answer.error)
      if (answer.status === 401 && !corrected) {
        corrected = tokens.follow(await timeOf(answer.clone()))
        if (corrected) continue
      }
      tellWarning(answer, options)
      if (!answer.ok) throw await refusalOf(answer, connection.hostName)
      return answer
    }
  }
}

class Unanswered {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** 429 means that nothing was done. After anything else only a call that reads is repeated: a write may have been done. */
function worthRepeating({ method, reads }: Request, answer: Response | Unanswered): boolean {
  if (answer instanceof Response && answer.status === 429) return true
  if (!reads && method !== 'GET') return false
  if (answer instanceof Unanswered) return mayPass(answer.error)
  return answer.status >= 500 && answer.status !== 501
}

/** A connection that broke may come back; a name that does not exist, or a certificate that is not trusted, will not. */
function mayPass(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ETIMEDOUT'].includes(cause?.code ?? '')
}

/** As long as the service asks, at most a minute; else 0.5, 1, 2 … seconds, less a random part. */
function pauseBefore(repeat: number, answer: Response | Unanswered): number {
  const asked = answer instanceof Response ? Number(answer.headers.get('retry-after') ?? Number.NaN) : Number.NaN
  if (asked >= 0) return Math.min(asked, 60) * 1000
  return 500 * 2 ** repeat * (0.5 + Math.random() / 2)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    signal?.addEventListener('abort', done)
  })
}

function tellWarning({ headers }: Response, { onWarning }: ClientOptions): void {
  const warning = headers.get('x-landfall-warning')
  if (warning !== null) onWarning?.(warning)
}

/** When the service refused, by its own clock; NaN where it does not say. */
async function timeOf(answer: Response): Promise<number> {
  const body = (await answer.json().catch(() => undefined)) as { timestampUtc?: string } | undefined
  return Date.parse(body?.timestampUtc ?? '')
}

const textOf = (answer: Response, host: string): Promise<string> =>
  answer.text().catch((error: unknown) => {
    throw new ServiceUnreachableError(host, error)
  })

const refusalOf = async (answer: Response, host: string) =>
  errorOf(answer.status, await textOf(answer, host), answer.headers.get('x-ms-request-id'))

async function readReply<Body>(answer: Response, host: string): Promise<Reply<Body>> {
  const text = await textOf(answer, host)
  return { body: (text === '' ? undefined : JSON.parse(text)) as Body, headers: answer.headers }
}
