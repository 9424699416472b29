/** The SASL layer of AMQP, one exchange long (AMQP 1.0, 5.3; contract/iot-hub 14.7). */
import rhea from 'rhea'
import { readValue } from './amqp-reader.ts'
import type { TpmKeys } from './amqp-sasl-tpm.ts'
import { AmqpFault, scanValue } from './amqp-scan.ts'

const mechanisms = ['MSSBCBS', 'PLAIN', 'ANONYMOUS', 'EXTERNAL', 'TPM'] as const

export interface SaslInit {
  readonly mechanism: (typeof mechanisms)[number] | undefined
  readonly response: Buffer
  readonly hostname: string | undefined
}

/** Of a peer whose proof a service found good. */
export interface SaslCredentials extends PlainCredentials {
  /** By SASL TPM. */
  readonly tpm?: TpmKeys
}

export interface PlainCredentials {
  readonly userName: string
  readonly password: string
}

/** What comes of one message of a client's. */
export type SaslStep =
  /** `isSlow`: a TPM that is worth waiting for works on it. */
  { readonly kind: 'challenge'; readonly bytes: Buffer; readonly isSlow: boolean } | SaslConclusion

export type SaslConclusion =
  /** Without credentials: by its certificate or on a link it is yet to prove itself. */
  { readonly kind: 'good'; readonly credentials?: SaslCredentials } | { readonly kind: 'refused' }

const saslFrame = (body: Buffer) => Buffer.concat([u32(8 + body.length), Buffer.from([2, 1, 0, 0]), body])

/** AMQP 1.0, 5.3.3.1 */
export function saslMechanisms(): Buffer {
  const names = Buffer.concat(mechanisms.map((name) => Buffer.from([name.length, ...Buffer.from(name)])))
  const array = Buffer.concat([Buffer.from([0xe0, names.length + 2, mechanisms.length, 0xa3]), names])
  return saslFrame(Buffer.concat([Buffer.from([0x00, 0x53, 0x40, 0xc0, array.length + 1, 1]), array]))
}

/** AMQP 1.0, 5.3.3.5 */
export const saslOutcome = (isGood: boolean) =>
  saslFrame(Buffer.from([0x00, 0x53, 0x44, 0xc0, 3, 1, 0x50, isGood ? 0 : 1]))

/** AMQP 1.0, 5.3.3.3: in the long form of binary where the short one ends. */
export function saslChallenge(challenge: Buffer): Buffer {
  const [length, binary, list] =
    challenge.length < 250 ? [Buffer.from([challenge.length]), 0xa0, 0xc0] : [u32(challenge.length), 0xb0, 0xd0]
  const field = Buffer.concat([Buffer.from([binary]), length, challenge])
  const size = list === 0xc0 ? Buffer.from([field.length + 1, 1]) : Buffer.concat([u32(field.length + 4), u32(1)])
  return saslFrame(Buffer.concat([Buffer.from([0x00, 0x53, 0x42, list]), size, field]))
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** AMQP 1.0, 5.3.3.2 */
export function readSaslInit(frame: Buffer): SaslInit {
  const [mechanism, response, hostname] = readSasl(frame, 0x41, 'no sasl-init')
  return {
    mechanism: mechanisms.find((one) => one === mechanism),
    response: Buffer.isBuffer(response) ? response : Buffer.alloc(0),
    hostname: typeof hostname === 'string' ? hostname : undefined,
  }
}

/** AMQP 1.0, 5.3.3.4 */
export function readSaslResponse(frame: Buffer): Buffer {
  const [response] = readSasl(frame, 0x43, 'no sasl-response')
  return Buffer.isBuffer(response) ? response : Buffer.alloc(0)
}

function readSasl(frame: Buffer, descriptor: number, otherwise: string): readonly unknown[] {
  const start = (frame[4] ?? 0) * 4
  if (start < 8 || scanValue(frame, start) !== frame.length) throw new AmqpFault('no SASL frame')
  const performative = readValue(frame.subarray(start))
  if (Number(performative.descriptor?.value) !== descriptor) throw new AmqpFault(otherwise)
  const fields: unknown = rhea.types.unwrap(performative.value)
  return Array.isArray(fields) ? fields : []
}

/** RFC 4616 */
export function readPlain(response: Buffer): PlainCredentials | undefined {
  const [, userName, password, ...more] = response.toString().split('\0')
  return userName === undefined || password === undefined || more.length > 0 ? undefined : { userName, password }
}
