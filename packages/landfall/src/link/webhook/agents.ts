/** Connections to webhooks, kept for the next device: a TLS handshake each would cost more than the question. */
import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'

export interface Agents {
  readonly tls: TlsAgent
  readonly plain: PlainAgent
  close(): void
}

/** Whom the process trusts is trusted here: NODE_EXTRA_CA_CERTS names a CA of one's own. */
export function makeAgents(): Agents {
  const options = { keepAlive: true, maxFreeSockets: 8 }
  const tls = new TlsAgent({ ...options, rejectUnauthorized: true })
  const plain = new PlainAgent(options)
  return {
    tls,
    plain,
    close() {
      tls.destroy()
      plain.destroy()
    },
  }
}
