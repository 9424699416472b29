/** Issuing certificates: test CAs and devices (contract/management 8.10), verification certificates, the service's own. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import type { Instant, Random } from '../system.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { context, readOnly, tags } from './der.ts'
import * as der from './der-write.ts'
import { toPem } from './pem.ts'

/** `ec` is P-256, `rsa` is RSA 3072 (contract/management 8.10). */
export type KeyPairKind = 'ec' | 'ec-p384' | 'rsa' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096'
export const keyPairKinds: readonly KeyPairKind[] = ['ec', 'ec-p384', 'rsa', 'rsa-2048', 'rsa-3072', 'rsa-4096']

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** A certificate and its key, in the forms that files and APIs want. */
export interface Issued {
  readonly der: Uint8Array
  readonly pem: string
  /** PKCS#8, not encrypted. */
  readonly keyPem: string
  readonly certificate: Certificate
  readonly keys: KeyPair
}

/** Who signs: what `issueRoot` and `issueIntermediate` give back, or a certificate and key read from files. */
export type Signer = Pick<Issued, 'certificate' | 'keys'>

interface Order {
  /** Default 30. */
  readonly days?: number
  readonly at: Instant
  readonly random: Random
  /** Made anew, P-256, where absent. */
  readonly keys?: KeyPair
}

const generate = promisify(generateKeyPair)

export async function makeKeyPair(kind: KeyPairKind = 'ec'): Promise<KeyPair> {
  if (kind === 'ec') return generate('ec', { namedCurve: 'P-256' })
  if (kind === 'ec-p384') return generate('ec', { namedCurve: 'P-384' })
  const modulusLength = kind === 'rsa' ? 3072 : Number(kind.slice('rsa-'.length))
  return generate('rsa', { modulusLength })
}

/** A key pair from the PEM of a private key; throws where it is none, or is encrypted and no passphrase is given. */
export function readKeyPair(pem: string, passphrase?: string): KeyPair {
  const privateKey = createPrivateKey({ key: pem, passphrase })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

export async function issueRoot(order: Order & { readonly commonName: string }): Promise<Issued> {
  return issue({ ...order, kind: 'ca' })
}

export async function issueIntermediate(
  order: Order & { readonly commonName: string; readonly ca: Signer },
): Promise<Issued> {
  return issue({ ...order, kind: 'ca' })
}

export async function issueDevice(
  order: Order & { readonly registrationId: string; readonly ca: Signer },
): Promise<Issued> {
  return issue({ ...order, kind: 'device', commonName: order.registrationId })
}

/** For an individual enrollment. */
export async function issueSelfSigned(order: Order & { readonly registrationId: string }): Promise<Issued> {
  return issue({ ...order, kind: 'device', commonName: order.registrationId })
}

/** Proves possession of the CA's key: its common name is the verification code (contract/management 5.6). */
export async function issueVerification(
  order: Order & { readonly code: string; readonly ca: Signer },
): Promise<Issued> {
  return issue({ ...order, kind: 'device', commonName: order.code })
}

/** For a TLS server; `names` are host names and IP addresses, the first is the common name as well. */
export async function issueServer(
  order: Order & { readonly names: readonly [string, ...string[]]; readonly ca: Signer },
): Promise<Issued> {
  return issue({ ...order, kind: 'server', commonName: order.names[0] })
}

type Request = Order & {
  readonly kind: 'ca' | 'device' | 'server'
  readonly commonName: string
  readonly names?: readonly string[]
  /** Absent: signed by itself. */
  readonly ca?: Signer
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

async function issue(request: Request): Promise<Issued> {
  const keys = request.keys ?? (await makeKeyPair())
  const signer = request.ca?.keys ?? keys
  const body = bodyOf(request, keys)
  const signature = sign(hashFor(signer.privateKey), body, signer.privateKey)
  const bytes = Uint8Array.from(der.sequence(body, algorithmFor(signer.privateKey), der.bitString(signature)))
  return issuedOf(bytes, keys)
}

export function issuedOf(bytes: Uint8Array, keys: KeyPair): Issued {
  const keyPem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { der: bytes, pem: toPem(bytes), keyPem, certificate: parseCertificate(bytes), keys }
}

function bodyOf(request: Request, keys: KeyPair): Uint8Array {
  const { at, random, ca, days = 30 } = request
  const subject = commonNameOnly(request.commonName)
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const whole = Math.floor(at / 1000) * 1000
  return der.sequence(
    der.explicit(0, der.integer(2)),
    der.integer(makeSerial(random)),
    algorithmFor((ca?.keys ?? keys).privateKey),
    ca ? ca.certificate.subject.der : subject,
    // five minutes back, for clocks that are behind (contract/semantics 4.8)
    der.sequence(der.time(whole - 5 * minuteMs), der.time(whole + days * dayMs)),
    subject,
    spki,
    der.explicit(3, der.sequence(...extensionsOf(request, keys, spki))),
  )
}

/** 16 octets, positive (contract/management 8.10). */
function makeSerial(random: Random): Uint8Array {
  const serial = Uint8Array.from(random.bytes(16))
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

const commonNameOnly = (text: string): Uint8Array =>
  der.sequence(der.setOf(der.sequence(der.oid('2.5.4.3'), der.utf8String(text))))

function extensionsOf(request: Request, keys: KeyPair, spki: Uint8Array): readonly Uint8Array[] {
  const rsa = keys.privateKey.asymmetricKeyType === 'rsa'
  const own = keyIdOf(spki)
  const issuers = request.ca ? keyIdOfCa(request.ca.certificate) : own
  const shared = [
    extension('2.5.29.14', false, der.octetString(own)),
    extension('2.5.29.35', false, der.sequence(der.element(context(0), issuers))),
  ]
  if (request.kind === 'ca') return [basicConstraints(true), keyUsage([0, 5, 6]), ...shared]
  const purpose = request.kind === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'
  const names = request.names
    ? [extension('2.5.29.17', false, der.sequence(...request.names.map(alternativeName)))]
    : []
  // digitalSignature, and keyEncipherment for RSA
  const uses = keyUsage(rsa ? [0, 2] : [0])
  return [
    basicConstraints(false),
    uses,
    extension('2.5.29.37', false, der.sequence(der.oid(purpose))),
    ...names,
    ...shared,
  ]
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value))
}

const basicConstraints = (ca: boolean) => extension('2.5.29.19', true, der.sequence(...(ca ? [der.boolean(true)] : [])))
const keyUsage = (bits: readonly number[]) => extension('2.5.29.15', true, der.namedBits(bits))

// RFC 5280 4.2.1.2 (1): SHA-1 of the key's bits, as an identifier only
function keyIdOf(spki: Uint8Array): Uint8Array {
  const info = readOnly(spki, tags.sequence, 'the public key')
  info.skip()
  return createHash('sha1').update(info.octetsOfBits('the public key')).digest()
}

function keyIdOfCa({ extensions, spki }: Certificate): Uint8Array {
  return extensions.subjectKeyId ? Buffer.from(extensions.subjectKeyId, 'hex') : keyIdOf(spki)
}

function alternativeName(name: string): Uint8Array {
  if (isIP(name)) return der.element(context(7), addressOctets(name))
  return der.element(context(2), Buffer.from(name, 'latin1'))
}

function addressOctets(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number))
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').flatMap(octetsOfGroup))
  const before = groups(head)
  const after = groups(tail ?? '')
  return Uint8Array.from([...before, ...new Array<number>(16 - before.length - after.length).fill(0), ...after])
}

// the last group may be an IPv4 address
function octetsOfGroup(group: string): readonly number[] {
  if (group.includes('.')) return group.split('.').map(Number)
  const value = Number.parseInt(group, 16)
  return [value >> 8, value & 0xff]
}

const hashFor = (key: KeyObject): string => (key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256')

function algorithmFor(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType === 'rsa') return der.sequence(der.oid('1.2.840.113549.1.1.11'), der.nothing())
  if (key.asymmetricKeyType !== 'ec')
    throw new Error(`Keys of type ${key.asymmetricKeyType} cannot sign certificates here.`)
  return der.sequence(der.oid(hashFor(key) === 'sha384' ? '1.2.840.10045.4.3.3' : '1.2.840.10045.4.3.2'))
}
