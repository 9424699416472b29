/** One call of a hub's service REST API: signed, bounded in time and size, and repeated while that may help. */
import { ProvisioningError } from '../fault.ts'
import { type HubAddress, readHubConnectionString } from '../hub/connection-string.ts'
import { type HubName, printable } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import { makeToken } from '../sas/token.ts'
import { type Clock, machineNow, type Random, type Timers } from '../system.ts'

export interface HubClientParts {
  readonly setting: { readonly name: HubName; readonly connectionString: string }
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Log
  /** Absent: the built-in one, which trusts whom the process trusts. */
  readonly fetch?: typeof fetch
}

export interface HubQuestion {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE'
  /** Percent-encoded, without the query. */
  readonly path: string
  readonly ifMatch?: string
  readonly body?: JsonObject
  /** Statuses that are answers to the asker; any other is a refusal or a trouble. */
  readonly answers: readonly number[]
}

export interface HubAnswer {
  readonly status: number
  /** Always there on a 200 to a GET. */
  readonly body: JsonObject | undefined
  /** An earlier try of this call may have been carried out though its answer never came. */
  readonly repeated: boolean
}

export type AskHub = (question: HubQuestion) => Promise<HubAnswer>

/** contract/iot-hub 17.1 */
const apiVersion = '2021-04-12'
const tokenMs = 60 * 60_000
/** A hub answers within a second or two; a device waits meanwhile. */
const answerMs = 10_000
/** Short troubles are ridden out here, some 8 s of pauses; the engine comes again (contract/semantics 18 row 66). */
const mostTries = 5
/** The longest that a hub may ask us to wait (contract/semantics 8.14). */
const patienceMs = 2 * 60_000
const firstPauseMs = 500
/** A twin with its metadata is some 200 KB. */
const mostBytes = 1024 * 1024

/** Why a try gave no answer; `waitMs`: as the hub asked for. `final`: another try would end alike. */
interface Trouble {
  readonly why: string
  readonly waitMs?: number
  readonly final?: boolean
}

type Tried = { readonly answer: Omit<HubAnswer, 'repeated'> } | { readonly trouble: Trouble }

export function hubClient(parts: HubClientParts): AskHub {
  const { setting, clock, timers, random, log } = parts
  return async (question) => {
    const address = readHubConnectionString(setting.connectionString)
    if (!address)
      throw refused(
        setting.name,
        'the connection string of its link lacks HostName, SharedAccessKeyName or SharedAccessKey',
      )
    const start = machineNow(clock)
    for (let tries = 1; ; tries++) {
      const tried = await tryOnce(question, address, parts)
      if ('answer' in tried) return { ...tried.answer, repeated: tries > 1 }
      const { why, waitMs = pauseMs(tries, random), final } = tried.trouble
      log.warn({ hub: setting.name, method: question.method, path: question.path, why, tries }, 'a hub gave no answer')
      if (final || tries === mostTries || machineNow(clock) + waitMs > start + patienceMs)
        throw unreachable(setting.name, why)
      await timers.sleep(waitMs)
    }
  }
}

const refused = (hub: string, why: string) => new ProvisioningError('hub_refused', { hub, why })
const unreachable = (hub: string, why: string) => new ProvisioningError('hub_unreachable', { hub, why })

/** Doubling, by half at chance: many devices that were refused together do not come back together. */
function pauseMs(tries: number, random: Random): number {
  const [chance = 0] = random.bytes(1)
  return firstPauseMs * 2 ** (tries - 1) * (0.5 + chance / 512)
}

async function tryOnce(question: HubQuestion, address: HubAddress, parts: HubClientParts): Promise<Tried> {
  const limit = new AbortController()
  const answered = new AbortController()
  void parts.timers.sleep(answerMs, answered.signal).then(() => limit.abort())
  try {
    const response = await send(question, address, parts, limit.signal)
    return judge(question, response, await textOf(response), parts)
  } catch (error) {
    if (error instanceof ProvisioningError) throw error
    if (limit.signal.aborted) return { trouble: { why: `it did not answer within ${answerMs / 1000} s` } }
    return { trouble: troubleOf(error) }
  } finally {
    answered.abort()
  }
}

function send(
  question: HubQuestion,
  address: HubAddress,
  parts: HubClientParts,
  signal: AbortSignal,
): Promise<Response> {
  const { method, path, ifMatch, body } = question
  const { clock, random, fetch: fetchIt = fetch } = parts
  const { host, policyName, key } = address
  return fetchIt(`https://${host}${path}?api-version=${apiVersion}`, {
    method,
    signal,
    // the token is for this host and no other
    redirect: 'manual',
    headers: {
      authorization: makeToken({ resource: host, key, policyName, expiry: machineNow(clock) + tokenMs }),
      'user-agent': 'landfall',
      'request-id': random.uuid(),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new Error(`its answer is longer than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function judge(
  { answers, method }: HubQuestion,
  response: Response,
  text: string,
  { setting, clock }: HubClientParts,
): Tried {
  const { status } = response
  if (answers.includes(status)) return answerOf(status, text, method)
  const why = `${status} ${printable(text, 300)}`.trim()
  if (status === 429 || status === 408 || status >= 500)
    return { trouble: { why, waitMs: retryAfterMs(response, machineNow(clock)) } }
  if (status < 400) return { trouble: { why: `it answered ${status}, which no IoT Hub does there`, final: true } }
  throw refused(setting.name, printable(text, 300) || String(status))
}

/** The body of an error is for people; that of a success has to be JSON, lest an empty twin be taken for a read one. */
function answerOf(status: number, text: string, method: HubQuestion['method']): Tried {
  if (status >= 300 || (text === '' && method !== 'GET')) return { answer: { status, body: undefined } }
  const body = parsed(text)
  if (isJsonObject(body)) return { answer: { status, body } }
  return { trouble: { why: `its answer is no JSON object: ${printable(text, 60)}`, final: true } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds or a date (RFC 9110 10.2.3); absent or neither: our own pause. */
function retryAfterMs({ headers }: Response, now: number): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return
  const waitMs = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(waitMs) ? undefined : Math.max(waitMs, 0)
}

function troubleOf(error: unknown): Trouble {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { code, message } = cause as { code?: string; message?: string }
  // contract/iot-hub 17.5: no such host is no matter of patience
  if (code === 'ENOTFOUND') return { why: 'there is no host of that name', final: true }
  if (code === 'ECONNREFUSED') return { why: 'nothing listens there (connection refused)' }
  return { why: printable([code, message].filter(Boolean).join(': ') || String(error), 300) }
}
