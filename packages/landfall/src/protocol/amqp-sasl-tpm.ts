/**
 * SASL by a TPM (contract/device-api-amqp-tpm 3.4): the client names itself and its two public keys, is sent a key that only
 * its TPM can open, in two parts, and answers with a token signed by it. Whether any of it is good, a service says.
 */
import type { SaslStep } from './amqp-sasl.ts'
import type { AmqpPeer, AmqpTpm } from './amqp-service.ts'

export interface TpmKeys {
  /** TPM2B_PUBLIC, as sent. */
  readonly endorsementKey: Buffer
  readonly storageRootKey: Buffer
}

/** The id scope and registration id, and the keys. */
export interface TpmIdentity extends TpmKeys {
  readonly idScope: string
  readonly registrationId: string
}

/** Java takes exactly these, C and C# count the parts in the low bits. */
const control = { whole: Buffer.from([0x00]), first: Buffer.from([0x80]), last: Buffer.from([0xc1]) } as const
/** AMQP 1.0 has 512 bytes for a frame of SASL, which an endorsement key of RSA 3072 does not keep to. */
const longestMessage = 4096
const refused = { kind: 'refused' } as const

export class TpmExchange {
  readonly #service: AmqpTpm
  readonly #peer: AmqpPeer
  #next: (message: Buffer) => SaslStep | Promise<SaslStep>

  constructor(service: AmqpTpm, peer: AmqpPeer) {
    this.#service = service
    this.#peer = peer
    this.#next = (message) => this.#init(message)
  }

  /** What a client says is one whole message each: none of them is as long that it had to be cut. */
  async step(message: Buffer): Promise<SaslStep> {
    if (message.length === 0 || message.length > longestMessage || message[0] !== 0x00) return refused
    return await this.#next(message.subarray(1))
  }

  #init(message: Buffer): SaslStep {
    const named = readIdentity(message)
    if (named === undefined) return refused
    this.#next = (storageRootKey) => this.#challenge({ ...named, storageRootKey })
    return { kind: 'challenge', bytes: control.whole, isSlow: false }
  }

  async #challenge(identity: TpmIdentity): Promise<SaslStep> {
    if (identity.storageRootKey.length === 0) return refused
    const challenge = await this.#service.challenge(identity, this.#peer)
    if (challenge === undefined) return refused
    const { blob, isInVain } = challenge
    const half = Math.ceil(blob.length / 2)
    this.#next = () => {
      this.#next = (token) => (isInVain ? refused : this.#prove(identity, token.toString()))
      return { kind: 'challenge', bytes: Buffer.concat([control.last, blob.subarray(half)]), isSlow: !isInVain }
    }
    return { kind: 'challenge', bytes: Buffer.concat([control.first, blob.subarray(0, half)]), isSlow: false }
  }

  async #prove(identity: TpmIdentity, token: string): Promise<SaslStep> {
    const { idScope, registrationId, endorsementKey, storageRootKey } = identity
    const userName = `${idScope}/registrations/${registrationId}`
    const credentials = { userName, password: token, tpm: { endorsementKey, storageRootKey } }
    return (await this.#service.knows(identity, token, this.#peer)) ? { kind: 'good', credentials } : refused
  }
}

/** The id scope, NUL, the registration id, NUL, the endorsement key: its bytes may be zero as well. */
function readIdentity(message: Buffer): Omit<TpmIdentity, 'storageRootKey'> | undefined {
  const first = message.indexOf(0)
  const second = message.indexOf(0, first + 1)
  if (first <= 0 || second <= first + 1 || second + 1 >= message.length) return
  return {
    idScope: message.toString('utf8', 0, first),
    registrationId: message.toString('utf8', first + 1, second),
    endorsementKey: message.subarray(second + 1),
  }
}
