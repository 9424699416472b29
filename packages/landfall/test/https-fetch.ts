/** `fetch` that trusts one root certificate: the built-in one takes trust from the process only. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

export function httpsFetch(rootCaPath: string): typeof fetch {
  const agent = new Agent({ ca: readFileSync(rootCaPath), keepAlive: false })
  return async (input, init = {}) => {
    const url = new URL(String(input))
    const headers = Object.fromEntries(new Headers(init.headers))
    const body = init.body === undefined || init.body === null ? undefined : Buffer.from(String(init.body))
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        agent,
        method: init.method ?? 'GET',
        headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) },
      })
      sent.once('error', reject)
      sent.once('response', (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () => {
          const status = answer.statusCode ?? 0
          const empty = status === 204 || status === 304
          const told = new Headers()
          for (const [name, value] of Object.entries(answer.headers)) told.set(name, String(value))
          resolve(
            new Response(empty ? null : Buffer.concat(chunks), {
              status,
              headers: told,
              statusText: answer.statusMessage ?? '',
            }),
          )
        })
      })
      sent.end(body)
    })
  }
}
