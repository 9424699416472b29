/** A webhook over a real socket, as a user would run one; it answers as each test says. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Behave = (response: ServerResponse, asked: Asked) => void

export interface Webhook extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly asked: Asked[]
  /** Of the next and all that follow. */
  behave: Behave
  /** Resolves when so many have asked. */
  waitFor(count: number): Promise<void>
}

export const json =
  (answer: unknown, status = 200): Behave =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))

/** Never answers. */
export const silence: Behave = () => {}

export async function startWebhook(
  behave: Behave,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Webhook> {
  const asked: Asked[] = []
  const waiting = new Set<() => void>()
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url: path, headers } = request
    const one = { method, path, headers, body }
    asked.push(one)
    for (const look of waiting) look()
    webhook.behave(response, one)
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const webhook: Webhook = {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/allocate?code=secret`,
    asked,
    behave,
    waitFor: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (asked.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return webhook
}
