/** `fetch` that trusts one root certificate and nothing else: the global one can be told so only by the environment. */
import { lookup } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import type { ClientOptions } from 'landfall-client'

type Fetch = NonNullable<ClientOptions['fetch']>

export function fetchTrusting(ca: string): Fetch {
  const agent = new Agent({ ca, keepAlive: true, lookup: hereIfUnknown })
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, {
        agent,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        signal: signal ?? undefined,
      })
      outgoing.on('error', reject)
      outgoing.on('response', (incoming) => resolve(responseOf(incoming)))
      outgoing.end(typeof body === 'string' ? body : undefined)
    })
}

/** The service runs on this machine: where its name is for others only, it is asked at the loopback address. */
const hereIfUnknown: LookupFunction = (name, options, done) =>
  lookup(name, options, (error, address, family) => {
    if (error === null) return done(null, address, family)
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
    else done(null, '127.0.0.1', 4)
  })

function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, headers } = incoming
  const told = new Headers()
  for (const [name, value] of Object.entries(headers)) told.set(name, String(value))
  // a Response of these statuses must not have a body
  if (status !== 204 && status !== 304)
    return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers: told })
  incoming.resume()
  return new Response(undefined, { status, headers: told })
}
