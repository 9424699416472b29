/** A device without an SDK: one HTTPS request on a connection of its own. */
import { request } from 'node:https'
import { makeToken } from '../src/sas/token.ts'

export interface RawDevice {
  readonly host: string
  readonly port: number
  readonly rootPem: string
  readonly idScope: string
  readonly registrationId: string
  /** PEM: device certificate, then what of its chain is sent; and its key. */
  readonly certificate?: string
  readonly key?: string
  /** Base64; a token is made with it. */
  readonly symmetricKey?: string
  readonly apiVersion?: string
  readonly body?: string
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Record<string, unknown> & {
    readonly registrationState?: Record<string, unknown>
    readonly message?: string
    readonly errorCode?: number
    readonly info?: { readonly reason?: string }
    readonly trackingId?: string
  }
}

export function registerRaw(device: RawDevice): Promise<RawAnswer> {
  const { idScope, registrationId, apiVersion = '2021-06-01' } = device
  return send(
    device,
    'PUT',
    `/${idScope}/registrations/${encodeURIComponent(registrationId)}/register?api-version=${apiVersion}`,
  )
}

export function send(device: RawDevice, method: string, path: string): Promise<RawAnswer> {
  const body = device.body ?? JSON.stringify({ registrationId: device.registrationId })
  return new Promise((resolve, reject) => {
    const sent = request({
      host: device.host,
      port: device.port,
      method,
      path,
      ca: device.rootPem,
      cert: device.certificate,
      key: device.key,
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...authorization(device),
      },
    })
    sent.once('error', reject)
    sent.once('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) })
      })
    })
    sent.end(body)
  })
}

function authorization({ symmetricKey, idScope, registrationId }: RawDevice): Record<string, string> {
  if (symmetricKey === undefined) return {}
  const resource = `${idScope}/registrations/${registrationId}`
  return {
    authorization: makeToken({
      resource,
      key: symmetricKey,
      expiry: Date.now() + 3_600_000,
      policyName: 'registration',
    }),
  }
}
