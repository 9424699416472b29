/** Certificates in every form that people and SDKs send (contract/service-api 7.6, contract/management 5.3, 8). */
import { type Certificate, MalformedCertificate, parseCertificate } from './certificate.ts'
import { tags } from './der.ts'
import { privateKeyInBytes, privateKeyInText } from './private-key.ts'

/** What was given holds no certificate that can be read. `why` is a clause for a sentence. */
export class UnreadableCertificate extends Error {
  readonly why: string

  constructor(why: string) {
    super(`The certificate cannot be read: ${why}.`)
    this.name = 'UnreadableCertificate'
    this.why = why
  }
}

/** There is a private key in what was given. It is not quoted: the sentence goes into logs. */
export class PrivateKeyGiven extends UnreadableCertificate {
  readonly kind: string

  constructor(kind: string) {
    super(`it holds a private key (${kind}), which must never be sent`)
    this.name = 'PrivateKeyGiven'
    this.kind = kind
  }
}

/** A chain may weigh 64 KiB (contract/semantics 4.16); base64 of PEM of it, with text around, stays below this. */
const mostCharacters = 512 * 1024

/** All certificates, in their order, at least one. Throws UnreadableCertificate, where a certificate itself is broken too. */
export function readCertificates(input: string | Uint8Array): readonly Certificate[] {
  return readCertificateBytes(input).map((der) => {
    try {
      return parseCertificate(der)
    } catch (error) {
      if (error instanceof MalformedCertificate) throw new UnreadableCertificate(error.why)
      throw error
    }
  })
}

/** As readCertificates, without looking into them. */
export function readCertificateBytes(input: string | Uint8Array): readonly Uint8Array[] {
  if (input.length > mostCharacters) throw new UnreadableCertificate(`it is larger than ${mostCharacters / 1024} KiB`)
  if (typeof input !== 'string') return fromBytes(input)
  return input.includes('-----BEGIN') ? fromPem(input) : fromBase64(input)
}

function fromBytes(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length === 0) throw new UnreadableCertificate('it is empty')
  // 0x30 opens a SEQUENCE, and is also the digit 0: base64 of a certificate begins with M
  if (bytes[0] === 0x30) return [knownByItsStart(bytes)]
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
  return text.includes('-----BEGIN') ? fromPem(text) : fromBase64(text)
}

function fromPem(text: string): readonly Uint8Array[] {
  refuseKey(privateKeyInText(text))
  // a literal backslash-n is what JSON, environment variables and shell scripts leave behind
  const blocks = [
    ...text
      .replaceAll('\\r', '')
      .replaceAll('\\n', '\n')
      .matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)(?:-----END \1-----)?/g),
  ]
  const certificates = blocks.filter(([, label]) => label !== undefined && certificateLabels.has(label))
  if (certificates.length === 0) {
    throw new UnreadableCertificate(
      blocks[0] ? `it is PEM of a ${blocks[0][1]}, not of a certificate` : 'its PEM armour is broken',
    )
  }
  return certificates.map(([whole, , body = '']) => {
    if (!whole.endsWith('-----')) throw new UnreadableCertificate('its PEM armour has no END line')
    return keyless(decode(body))
  })
}

function refuseKey(kind: string | undefined): void {
  if (kind !== undefined) throw new PrivateKeyGiven(kind)
}

function keyless(bytes: Uint8Array): Uint8Array {
  refuseKey(privateKeyInBytes(bytes))
  return bytes
}

const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

function fromBase64(text: string): readonly Uint8Array[] {
  if (text.trim() === '') throw new UnreadableCertificate('it is empty')
  const bytes = decode(text)
  if (bytes[0] === 0x30) return [knownByItsStart(bytes)]
  const inner = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
  if (inner.includes('-----BEGIN')) return fromPem(inner)
  // the command line encodes a file whatever is in it, base64 without armour too (contract/management 5.3, 8.4)
  if (/^\s*MI/.test(inner)) return [knownByItsStart(decode(inner))]
  throw new UnreadableCertificate('the base64 holds neither a certificate nor PEM text')
}

/** What stands first in the SEQUENCE tells other files from a certificate, which begins with another SEQUENCE. */
function knownByItsStart(bytes: Uint8Array): Uint8Array {
  refuseKey(privateKeyInBytes(bytes))
  const length = bytes[1] ?? 0
  const first = bytes[length < 0x80 ? 2 : 2 + (length & 0x7f)]
  if (first === tags.oid) throw new UnreadableCertificate('it is PKCS #7, not a certificate')
  return bytes
}

function decode(text: string): Uint8Array {
  const compact = text.replace(/(?:\\[nr]|\s)+/g, '')
  const ok = /^[A-Za-z0-9+/]*={0,2}$|^[A-Za-z0-9_-]*={0,2}$/.test(compact)
  const bytes = ok ? Buffer.from(compact, 'base64') : undefined
  if (!bytes || bytes.length === 0) throw new UnreadableCertificate('it is not valid base64, and neither PEM nor DER')
  return Uint8Array.from(bytes)
}

/** With line breaks every 64 characters and one at the end (RFC 7468). */
export function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
