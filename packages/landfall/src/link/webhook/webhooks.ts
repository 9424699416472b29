/** Asks webhooks: in their turn, within a time, once more where that may help (contract/semantics 9.2, 9.10, 9.11). */
import { type OperationId, printable } from '../../ids.ts'
import type { WebhookAnswer, WebhookQuestion, Webhooks } from '../../registration/webhook.ts'
import type { Timers } from '../../system.ts'
import { ForbiddenAddress, guardedLookup, judgeUrl, type WebhookPlaces } from './addresses.ts'
import { type Agents, makeAgents } from './agents.ts'
import { Places } from './places.ts'
import { type Answered, post, TooLong } from './post.ts'

export interface WebhookParts extends WebhookPlaces {
  readonly timers: Timers
  /** For all tries of one question. */
  readonly answerMs: number
}

export interface OpenWebhooks extends Webhooks {
  close(): void
}

/** Some hundred devices a second where a webhook answers within 200 ms; 2000 wait with some 4 KiB each. */
const bounds = { perHost: 20, total: 200, waiting: 2000 } as const
/** As patient as with a hub (contract/semantics 18 row 66). */
const patienceMs = 2 * 60_000
const pauseMs = 500
/** contract/semantics 9.10: these may pass. */
const passing: readonly number[] = [502, 503, 504]

export function makeWebhooks(parts: WebhookParts): OpenWebhooks {
  const means = { ...parts, agents: makeAgents(), places: new Places(bounds) }
  return {
    ask: (question, operationId, closing) => ask({ question, operationId, closing }, means),
    close: () => means.agents.close(),
  }
}

interface Means extends WebhookParts {
  readonly agents: Agents
  readonly places: Places
}

interface Order {
  readonly question: WebhookQuestion
  readonly operationId: OperationId
  readonly closing: AbortSignal
}

const unreachable = (why: string): WebhookAnswer => ({ trouble: { told: 'the webhook could not be reached', why } })

async function ask(order: Order, means: Means): Promise<WebhookAnswer> {
  const url = URL.parse(order.question.url)
  if (!url) return unreachable('its URL cannot be read')
  const forbidden = judgeUrl(url, means)
  if (forbidden !== undefined) return unreachable(forbidden)
  const release = await within(patienceMs, order.closing, means, (enough) => means.places.take(url.host, enough))
  if (!release) return unreachable(`${url.host} has more devices waiting than it answers`)
  try {
    return await within(means.answerMs, order.closing, means, (enough) => askTwice(url, order, enough, means))
  } finally {
    release()
  }
}

async function askTwice(url: URL, order: Order, enough: AbortSignal, means: Means): Promise<WebhookAnswer> {
  const first = await askOnce(url, order, enough, means)
  if (!mayPass(first)) return answerOf(first, enough, means)
  await means.timers.sleep(pauseMs, enough)
  return answerOf(enough.aborted ? first : await askOnce(url, order, enough, means), enough, means)
}

type Tried = Answered | { readonly error: unknown }

async function askOnce(url: URL, { question, operationId }: Order, signal: AbortSignal, means: Means): Promise<Tried> {
  const body = JSON.stringify(question.body)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    accept: 'application/json',
    'user-agent': 'landfall',
    'x-landfall-operation-id': operationId,
  }
  try {
    return await post({ url, body, headers, signal, lookup: guardedLookup(url, means), agents: means.agents })
  } catch (error) {
    return { error }
  }
}

/** What is answered, if badly, or forbidden, is so the next time. */
function mayPass(tried: Tried): boolean {
  if ('status' in tried) return passing.includes(tried.status)
  const { error } = tried
  return !(error instanceof TooLong || error instanceof ForbiddenAddress || isOfCertificate(error))
}

function answerOf(tried: Tried, enough: AbortSignal, { answerMs }: Means): WebhookAnswer {
  if ('status' in tried) return tried
  const { error } = tried
  if (error instanceof TooLong)
    return { trouble: { told: 'the answer of the webhook cannot be used', why: error.message } }
  if (enough.aborted) {
    return { trouble: { told: 'the webhook did not answer in time', why: `not within ${answerMs / 1000} s` } }
  }
  return unreachable(troubleOf(error))
}

function troubleOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  if (code === 'ENOTFOUND') return 'there is no host of that name'
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)'
  const trust = isOfCertificate(error) ? '; a CA of your own is trusted by NODE_EXTRA_CA_CERTS' : ''
  return `${printable([code, message].filter(Boolean).join(': ') || String(error), 300)}${trust}`
}

const isOfCertificate = (error: unknown): boolean =>
  /CERT|ERR_TLS|UNABLE_TO_|SELF_SIGNED/.test(String((error as { readonly code?: string }).code ?? ''))

/** `work` is told when the time is over, or the service closes. */
async function within<Result>(
  ms: number,
  closing: AbortSignal,
  { timers }: Means,
  work: (enough: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController()
  const done = new AbortController()
  void timers.sleep(ms, done.signal).then(() => limit.abort())
  try {
    return await work(AbortSignal.any([limit.signal, closing]))
  } finally {
    done.abort()
  }
}
