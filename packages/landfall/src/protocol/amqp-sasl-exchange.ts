/** Whether a client that authenticates by SASL is let in: by PLAIN and TPM the services say, others prove themselves later. */
import { readPlain, type SaslInit, type SaslStep } from './amqp-sasl.ts'
import { TpmExchange } from './amqp-sasl-tpm.ts'
import type { AmqpPeer, AmqpService } from './amqp-service.ts'

const refused = { kind: 'refused' } as const

/** One client's, by the mechanism that it chose. */
export class SaslExchange {
  readonly mechanism: SaslInit['mechanism']
  readonly #services: readonly AmqpService[]
  readonly #peer: AmqpPeer
  readonly #tpm: TpmExchange | undefined

  constructor(mechanism: SaslInit['mechanism'], services: readonly AmqpService[], peer: AmqpPeer) {
    this.mechanism = mechanism
    this.#services = services
    this.#peer = peer
    const service = mechanism === 'TPM' ? services.find(({ tpm }) => tpm)?.tpm : undefined
    this.#tpm = service && new TpmExchange(service, peer)
  }

  /** `response`: of sasl-init or sasl-response. Rejects with what a service threw. */
  async step(response: Buffer): Promise<SaslStep> {
    if (this.#tpm) return this.#tpm.step(response)
    if (this.mechanism === 'PLAIN') return this.#checkPlain(response)
    return this.mechanism === undefined || this.mechanism === 'TPM' ? refused : { kind: 'good' }
  }

  async #checkPlain(response: Buffer): Promise<SaslStep> {
    const credentials = readPlain(response)
    if (credentials === undefined) return refused
    const known = await Promise.all(this.#services.map((one) => one.knows?.(credentials, this.#peer)))
    return known.includes(true) ? { kind: 'good', credentials } : refused
  }
}
