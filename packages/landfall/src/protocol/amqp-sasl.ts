/** The SASL layer of AMQP, one exchange long (AMQP 1.0, 5.3; contract/iot-hub 14.7). */
import rhea from 'rhea'
import { readValue } from './amqp-reader.ts'
import { AmqpFault, scanValue } from './amqp-scan.ts'

const mechanisms = ['MSSBCBS', 'PLAIN', 'ANONYMOUS', 'EXTERNAL'] as const

export interface SaslInit {
  readonly mechanism: (typeof mechanisms)[number] | undefined
  readonly response: Buffer
  readonly hostname: string | undefined
}

export interface PlainCredentials {
  readonly userName: string
  readonly password: string
}

const saslFrame = (body: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, 8 + body.length, 2, 1, 0, 0]), body])

/** AMQP 1.0, 5.3.3.1 */
export function saslMechanisms(): Buffer {
  const names = Buffer.concat(mechanisms.map((name) => Buffer.from([name.length, ...Buffer.from(name)])))
  const array = Buffer.concat([Buffer.from([0xe0, names.length + 2, mechanisms.length, 0xa3]), names])
  return saslFrame(Buffer.concat([Buffer.from([0x00, 0x53, 0x40, 0xc0, array.length + 1, 1]), array]))
}

/** AMQP 1.0, 5.3.3.5 */
export const saslOutcome = (isGood: boolean) =>
  saslFrame(Buffer.from([0x00, 0x53, 0x44, 0xc0, 3, 1, 0x50, isGood ? 0 : 1]))

/** AMQP 1.0, 5.3.3.2 */
export function readSaslInit(frame: Buffer): SaslInit {
  const start = (frame[4] ?? 0) * 4
  if (start < 8 || scanValue(frame, start) !== frame.length) throw new AmqpFault('no SASL frame')
  const performative = readValue(frame.subarray(start))
  if (Number(performative.descriptor?.value) !== 0x41) throw new AmqpFault('no sasl-init')
  const fields: readonly unknown[] = rhea.types.unwrap(performative.value) ?? []
  const [mechanism, response, hostname] = fields
  return {
    mechanism: mechanisms.find((one) => one === mechanism),
    response: Buffer.isBuffer(response) ? response : Buffer.alloc(0),
    hostname: typeof hostname === 'string' ? hostname : undefined,
  }
}

/** RFC 4616 */
export function readPlain(response: Buffer): PlainCredentials | undefined {
  const [, userName, password, ...more] = response.toString().split('\0')
  return userName === undefined || password === undefined || more.length > 0 ? undefined : { userName, password }
}
