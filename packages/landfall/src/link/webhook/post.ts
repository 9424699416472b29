/** One POST, bounded in size; redirections are not followed, since Node's own client never does. */
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Agents } from './agents.ts'

export interface Post {
  readonly url: URL
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly lookup: LookupFunction
  readonly agents: Agents
}

/** An initial twin of 40 KiB in hub's counting, its syntax, and a payload (contract/iot-hub 6.9). */
const mostBytes = 128 * 1024

export interface Answered {
  readonly status: number
  readonly text: string
}

/** Rejects where there is no whole answer, and with TooLong where there is too much of one. */
export function post({ url, body, headers, signal, lookup, agents }: Post): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const options = { method: 'POST', headers, signal, lookup }
  const asked: ClientRequest =
    url.protocol === 'https:'
      ? tlsRequest(url, { ...options, agent: agents.tls })
      : plainRequest(url, { ...options, agent: agents.plain })
  asked.on('error', reject)
  // a connection that ends without a word, or with another protocol's
  let answered = false
  asked.on('close', () => answered || reject(new Error('the connection ended without an answer')))
  asked.on('response', (response) => {
    answered = true
    textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
  })
  asked.end(body)
  return promise
}

/** Of what is no success, the body is read by nobody. */
async function textOf(response: IncomingMessage): Promise<string> {
  const { statusCode = 0 } = response
  if (statusCode < 200 || statusCode > 299) {
    response.destroy()
    return ''
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new TooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export class TooLong extends Error {
  constructor() {
    super(`its answer is longer than ${mostBytes} bytes`)
  }
}
