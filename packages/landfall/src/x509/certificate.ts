/** A certificate as the rules see it: parsed once, lazily where it costs (contract/service-api 7.7). */
import { hash, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Instant } from '../system.ts'
import {
  type KeyKind,
  makePublicKey,
  readKeyKind,
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from './algorithms.ts'
import { context, contextOf, type DerReader, MalformedCertificate, readOnly, readTime, tags } from './der.ts'
import { type Extensions, readExtensions } from './extensions.ts'
import { type Name, readName, sameName } from './names.ts'

export { MalformedCertificate } from './der.ts'

/** What answers show of a certificate; all eight members, always (contract/service-api 7.7). */
export interface CertificateInfo {
  /** .NET style: parts joined by ", ", most specific first. */
  readonly subjectName: string
  /** 40 upper-case hex digits. */
  readonly sha1Thumbprint: string
  /** 64 upper-case hex digits. */
  readonly sha256Thumbprint: string
  readonly issuerName: string
  /** ISO 8601 to the second, `Z`. */
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  /** Upper-case hex of the DER integer's content bytes. */
  readonly serialNumber: string
  /** 1-based: 3 for X.509 v3. */
  readonly version: number
}

export interface Certificate {
  readonly der: Uint8Array
  /** 64 upper-case hex digits. */
  readonly sha256Thumbprint: string
  /** 40 upper-case hex digits. */
  readonly sha1Thumbprint: string
  readonly version: 1 | 2 | 3
  /** Upper-case hex of the DER integer's content bytes. */
  readonly serial: string
  readonly subject: Name
  readonly issuer: Name
  readonly notBefore: Instant
  readonly notAfter: Instant
  /** Subject and issuer are one name; says nothing of the signature (contract/semantics 4.10). */
  readonly selfIssued: boolean
  readonly extensions: Extensions
  readonly keyKind: KeyKind
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Made when first asked for; throws MalformedCertificate where the bits are no key. */
  readonly publicKey: KeyObject
  /** What was signed, how, and the signature. */
  readonly signed: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

/** No certificate can be larger than what a whole chain may weigh (contract/semantics 4.16). */
const mostBytes = 64 * 1024

export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > mostBytes) throw new MalformedCertificate(`it is larger than ${mostBytes} bytes`)
  return new ParsedCertificate(der)
}

// a signature of half an octet is one that fits no key, which says more than "malformed" (PKITS 4.1.2)
function readSignature(outer: DerReader): Uint8Array {
  const content = outer.enter(tags.bitString, 'its signature').rest()
  return content[0] === 0 ? content.subarray(1) : new Uint8Array(0)
}

type Body = Pick<
  Certificate,
  'version' | 'serial' | 'subject' | 'issuer' | 'notBefore' | 'notAfter' | 'extensions' | 'spki' | 'keyKind'
> & { readonly innerAlgorithm: Uint8Array }

class ParsedCertificate implements Certificate {
  readonly der: Uint8Array
  readonly version: 1 | 2 | 3
  readonly serial: string
  readonly subject: Name
  readonly issuer: Name
  readonly notBefore: Instant
  readonly notAfter: Instant
  readonly selfIssued: boolean
  readonly extensions: Extensions
  readonly spki: Uint8Array
  readonly keyKind: KeyKind
  readonly signed: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  #sha256: string | undefined
  #sha1: string | undefined
  #publicKey: KeyObject | undefined

  constructor(der: Uint8Array) {
    this.der = der
    const outer = readOnly(der, tags.sequence, 'the certificate')
    this.signed = outer.whole(tags.sequence, 'its body')
    const algorithm = outer.whole(tags.sequence, 'its signature algorithm')
    this.signature = readSignature(outer)
    outer.finish('its signature')
    const body = readBody(this.signed)
    // RFC 5280 4.1.1.2: both fields must say the same
    if (Buffer.compare(body.innerAlgorithm, algorithm) !== 0) {
      throw new MalformedCertificate('it names two different signature algorithms')
    }
    this.signatureAlgorithm = readSignatureAlgorithm(algorithm)
    this.version = body.version
    this.serial = body.serial
    this.subject = body.subject
    this.issuer = body.issuer
    this.notBefore = body.notBefore
    this.notAfter = body.notAfter
    this.extensions = body.extensions
    this.spki = body.spki
    this.keyKind = body.keyKind
    this.selfIssued = sameName(body.subject, body.issuer)
  }

  get sha256Thumbprint(): string {
    this.#sha256 ??= hash('sha256', this.der, 'hex').toUpperCase()
    return this.#sha256
  }

  get sha1Thumbprint(): string {
    this.#sha1 ??= hash('sha1', this.der, 'hex').toUpperCase()
    return this.#sha1
  }

  get publicKey(): KeyObject {
    this.#publicKey ??= makePublicKey(this.spki)
    return this.#publicKey
  }
}

// RFC 5280 4.1.2, field by field
function readBody(signed: Uint8Array): Body {
  const body = readOnly(signed, tags.sequence, 'its body')
  const version = readVersion(body)
  const serial = readSerial(body)
  const innerAlgorithm = body.whole(tags.sequence, 'its inner signature algorithm')
  const issuer = readName(body, 'its issuer')
  // RFC 5280 4.1.2.4
  if (issuer.empty) throw new MalformedCertificate('its issuer is empty')
  const validity = body.enter(tags.sequence, 'its validity')
  const notBefore = readTime(validity, 'its notBefore')
  const notAfter = readTime(validity, 'its notAfter')
  validity.finish('its validity')
  const subject = readName(body, 'its subject')
  const spki = body.whole(tags.sequence, 'its public key')
  const extensions = readTail(body, version)
  return {
    version,
    serial,
    innerAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    keyKind: readKeyKind(spki),
    extensions,
  }
}

function readVersion(body: DerReader): 1 | 2 | 3 {
  const field = body.optional(contextOf(0))
  if (!field) return 1
  const version = field.count('its version') + 1
  field.finish('its version')
  if (version !== 1 && version !== 2 && version !== 3) throw new MalformedCertificate(`its version is ${version}`)
  return version
}

function readSerial(body: DerReader): string {
  const serial = body.integer('its serial number')
  // RFC 5280 4.1.2.2: 20 octets; one more for the sign, which some makers forget to count
  if (serial.length > 21) throw new MalformedCertificate('its serial number is longer than 20 octets')
  return Buffer.from(serial.buffer, serial.byteOffset, serial.length).toString('hex').toUpperCase()
}

function readTail(body: DerReader, version: number): Extensions {
  for (const uniqueId of [1, 2]) {
    const present = body.optional(context(uniqueId))
    if (present && version === 1) throw new MalformedCertificate('it is of version 1 but has unique identifiers')
  }
  const field = body.optional(contextOf(3))
  body.finish('its body')
  if (!field) return {}
  if (version !== 3) throw new MalformedCertificate(`it is of version ${version} but has extensions`)
  const extensions = readExtensions(field.enter(tags.sequence, 'its list of extensions'))
  field.finish('its extensions')
  return extensions
}

/** Intermediates and anchors come again with every device: parsed once, with their key, while they are in use. */
const known = new LRUCache<string, Certificate>({ max: 1000 })

/**
 * As parseCertificate, for certificates that come again: CA certificates, stored or sent. Two equal ones are one
 * object, so that its key, and the signature over it, are worked out once.
 */
export function knownCertificate(der: Uint8Array): Certificate {
  const thumbprint = hash('sha256', der, 'hex')
  const found = known.get(thumbprint)
  if (found) return found
  // a copy: the bytes of a request must not be kept alive, nor change under us
  const certificate = parseCertificate(Uint8Array.from(der))
  known.set(thumbprint, certificate)
  return certificate
}

const toSecond = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`

export function certificateInfoOf(certificate: Certificate): CertificateInfo {
  return {
    subjectName: certificate.subject.text,
    sha1Thumbprint: certificate.sha1Thumbprint,
    sha256Thumbprint: certificate.sha256Thumbprint,
    issuerName: certificate.issuer.text,
    notBeforeUtc: toSecond(certificate.notBefore),
    notAfterUtc: toSecond(certificate.notAfter),
    serialNumber: certificate.serial,
    version: certificate.version,
  }
}
