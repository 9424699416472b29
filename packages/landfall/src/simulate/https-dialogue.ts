/** A device's side of HTTPS: register, then poll (contract/device-api 4). */
import { request } from 'node:https'
import {
  apiVersion,
  type Device,
  type Dialogue,
  type Endpoint,
  type Means,
  registrationToken,
  replyTimeoutMs,
  shownInTls,
  type WireReply,
  wireReply,
} from './wire.ts'

/** A new TLS connection for each message, as a device that wakes up makes. */
export class HttpsDialogue implements Dialogue {
  readonly #device: Device
  readonly #endpoint: Endpoint
  readonly #means: Means

  constructor(device: Device, endpoint: Endpoint, means: Means) {
    this.#device = device
    this.#endpoint = endpoint
    this.#means = means
  }

  register(): Promise<WireReply> {
    return this.#ask('PUT', 'register', JSON.stringify({ registrationId: this.#device.registrationId }))
  }

  poll(operationId: string): Promise<WireReply> {
    return this.#ask('GET', `operations/${operationId}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #ask(method: 'PUT' | 'GET', what: string, body?: string): Promise<WireReply> {
    const { host, serverName: servername, httpsPort: port, idScope, ca } = this.#endpoint
    const { registrationId } = this.#device
    const path = `/${idScope}/registrations/${encodeURIComponent(registrationId)}/${what}?api-version=${apiVersion}`
    const authorization = registrationToken(this.#device, idScope, this.#means)
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json; charset=utf-8',
      ...(authorization !== undefined && { authorization }),
    }
    return new Promise((resolve, reject) => {
      const asking = request({
        host,
        servername,
        port,
        path,
        method,
        headers,
        ca,
        ...shownInTls(this.#device),
        agent: false,
        timeout: replyTimeoutMs,
      })
      asking.on('timeout', () => asking.destroy(new Error(`no answer within ${replyTimeoutMs / 1000} s`)))
      asking.on('error', reject)
      asking.on('response', (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          text += chunk
        })
        incoming.on('error', reject)
        incoming.on('end', () => resolve(wireReply(incoming.statusCode ?? 0, incoming.headers['retry-after'], text)))
      })
      asking.end(body)
    })
  }
}
