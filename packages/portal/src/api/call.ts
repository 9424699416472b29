/** Every request of the portal: same origin, session cookie, CSRF header, JSON; a refusal is thrown as a Problem. */
import { type Query, queryText } from './path.ts'
import { Problem, readProblem } from './problem.ts'
import { noteServiceTime } from './service-time.ts'
import { csrfToken, sessionEnded } from './session-store.ts'

/** Of the public service API: enrollments and registration records (contract/service-api 2.3). */
const apiVersion = '2021-10-01'

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'

export interface Order {
  readonly method?: Method
  readonly query?: Query
  readonly body?: unknown
  /** An etag, or `*`. */
  readonly ifMatch?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface Told<T> {
  readonly body: T
  readonly headers: Headers
  /** Sentences of the service about what it accepted all the same. */
  readonly warnings: readonly string[]
}

export async function ask<T>(path: string, order: Order = {}): Promise<Told<T>> {
  const answer = await send(path, order)
  if (!answer.ok) throw await readProblem(answer)
  const text = await answer.text()
  return {
    body: (text === '' ? undefined : JSON.parse(text)) as T,
    headers: answer.headers,
    warnings: warningsOf(answer.headers),
  }
}

export const call = async <T>(path: string, order?: Order): Promise<T> => (await ask<T>(path, order)).body

/** Values of a stream of JSON lines, one by one as they arrive. */
export async function* callLines<T>(path: string, order: Order = {}): AsyncGenerator<T> {
  const answer = await send(path, order)
  if (!answer.ok || !answer.body) throw await readProblem(answer)
  let rest = ''
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as T
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as T
}

async function send(path: string, { method = 'GET', query = {}, body, ...order }: Order): Promise<Response> {
  const own = /^\/(landfall|portal)\//.test(path)
  const address = path + queryText(own ? query : { 'api-version': apiVersion, ...query })
  const answer = await fetch(address, {
    method,
    headers: headersOf(method, body, order),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: order.signal,
    credentials: 'same-origin',
    redirect: 'error',
    cache: 'no-store',
  }).catch((error: unknown) => {
    if (order.signal?.aborted) throw error
    throw new Problem(String(error instanceof Error ? error.message : error), { reason: 'unreachable' })
  })
  noteServiceTime(answer.headers)
  if (answer.status === 401) sessionEnded()
  return answer
}

function headersOf(method: Method, body: unknown, { ifMatch, headers }: Order): Record<string, string> {
  const csrf = method === 'GET' ? undefined : csrfToken()
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(csrf === undefined ? {} : { 'x-landfall-csrf': csrf }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...headers,
  }
}

const warningsOf = (headers: Headers): readonly string[] => {
  const text = headers.get('x-landfall-warning')
  return text === null ? [] : [text]
}
