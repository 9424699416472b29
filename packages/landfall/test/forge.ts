/** For tests: certificates with anything in them, right or wrong, that `issue.ts` would never make. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { Instant } from '../src/system.ts'
import { type Certificate, parseCertificate } from '../src/x509/certificate.ts'
import { context } from '../src/x509/der.ts'
import * as der from '../src/x509/der-write.ts'
import type { KeyPair } from '../src/x509/issue.ts'

export interface Forged {
  readonly certificate: Certificate
  readonly keys: KeyPair
}

export interface ForgeOrder {
  /** A common name, or the DER of a name. */
  readonly subject: string | Uint8Array
  /** Absent: self-signed. */
  readonly by?: Forged
  readonly keys?: KeyPair
  readonly notBefore?: Instant
  readonly notAfter?: Instant
  /** Absent: none, and version 1. */
  readonly extensions?: readonly Uint8Array[]
  readonly hash?: 'sha256' | 'sha1'
}

export const noon = Date.parse('2030-06-01T12:00:00Z')
export const days = (count: number): number => count * 24 * 60 * 60 * 1000

export const ecKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const rsaKeys = (modulusLength: number): KeyPair => generateKeyPairSync('rsa', { modulusLength })

/** One attribute a part, most general first. */
export const nameOf = (...parts: readonly (readonly [oid: string, value: Uint8Array])[]): Uint8Array =>
  der.sequence(...parts.map(([oid, value]) => der.setOf(der.sequence(der.oid(oid), value))))

const named = (subject: string | Uint8Array): Uint8Array =>
  typeof subject === 'string' ? nameOf(['2.5.4.3', der.utf8String(subject)]) : subject

export function forgeDer(order: ForgeOrder, keys: KeyPair): Uint8Array {
  const signer = order.by?.keys.privateKey ?? keys.privateKey
  const algorithm = algorithmOf(signer.asymmetricKeyType === 'rsa', order.hash ?? 'sha256')
  const subject = named(order.subject)
  const body = der.sequence(
    ...(order.extensions ? [der.explicit(0, der.integer(2))] : []),
    der.integer(4711),
    algorithm,
    order.by?.certificate.subject.der ?? subject,
    der.sequence(der.time(order.notBefore ?? noon - days(10)), der.time(order.notAfter ?? noon + days(10))),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(order.extensions ? [der.explicit(3, der.sequence(...order.extensions))] : []),
  )
  return Uint8Array.from(der.sequence(body, algorithm, der.bitString(sign(order.hash ?? 'sha256', body, signer))))
}

export function forge(order: ForgeOrder): Forged {
  const keys = order.keys ?? ecKeys()
  return { keys, certificate: parseCertificate(forgeDer(order, keys)) }
}

function algorithmOf(rsa: boolean, hash: 'sha256' | 'sha1'): Uint8Array {
  if (rsa)
    return der.sequence(der.oid(hash === 'sha1' ? '1.2.840.113549.1.1.5' : '1.2.840.113549.1.1.11'), der.nothing())
  return der.sequence(der.oid(hash === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2'))
}

export const extension = (oid: string, value: Uint8Array, critical = false): Uint8Array =>
  der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value))

export const caTrue = (pathLength?: number): Uint8Array =>
  extension(
    '2.5.29.19',
    der.sequence(der.boolean(true), ...(pathLength === undefined ? [] : [der.integer(pathLength)])),
    true,
  )

/** Bits: 0 digitalSignature, 2 keyEncipherment, 4 keyAgreement, 5 keyCertSign, 6 cRLSign. */
export const keyUsage = (...bits: readonly number[]): Uint8Array => extension('2.5.29.15', der.namedBits(bits), true)
export const keyId = (bytes: string): Uint8Array => extension('2.5.29.14', der.octetString(Buffer.from(bytes)))
export const authorityKeyId = (bytes: string): Uint8Array =>
  extension('2.5.29.35', der.sequence(der.element(context(0), Buffer.from(bytes))))

export const purposes = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
} as const
export const extendedKeyUsage = (...uses: readonly (keyof typeof purposes)[]): Uint8Array =>
  extension('2.5.29.37', der.sequence(...uses.map((use) => der.oid(purposes[use]))), true)

export const dns = (text: string): Uint8Array => der.element(context(2), Buffer.from(text))
export const mail = (text: string): Uint8Array => der.element(context(1), Buffer.from(text))
export const uri = (text: string): Uint8Array => der.element(context(6), Buffer.from(text))
export const address = (...octets: readonly number[]): Uint8Array => der.element(context(7), Uint8Array.from(octets))
export const directory = (name: Uint8Array): Uint8Array => der.explicit(4, name)

export const alternativeNames = (...names: readonly Uint8Array[]): Uint8Array =>
  extension('2.5.29.17', der.sequence(...names))

export function nameConstraints(lists: {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
}): Uint8Array {
  const list = (number: number, bases: readonly Uint8Array[] = []) =>
    bases.length === 0 ? [] : [der.explicit(number, ...bases.map((base) => der.sequence(base)))]
  return extension('2.5.29.30', der.sequence(...list(0, lists.permitted), ...list(1, lists.excluded)), true)
}

export const certificatePolicies = (...oids: readonly string[]): Uint8Array =>
  extension('2.5.29.32', der.sequence(...oids.map((oid) => der.sequence(der.oid(oid)))))
export const requireExplicitPolicy = (skip: number): Uint8Array =>
  extension('2.5.29.36', der.sequence(der.element(context(0), Uint8Array.of(skip))), true)
