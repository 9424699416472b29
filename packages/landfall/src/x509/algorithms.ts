/** Keys and signature algorithms: which are understood, which are strong enough, and the one place where a signature is checked. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { contextOf, DerReader, MalformedCertificate, readOnly, tags } from './der.ts'

export type KeyKind =
  | { readonly kind: 'rsa'; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: string }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'other'; readonly oid: string }

/** `hash` undefined: the algorithm has its own (Ed25519). */
export interface SignatureAlgorithm {
  readonly name: string
  readonly oid: string
  readonly family: 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'unknown'
  readonly hash?: string
  readonly saltLength?: number
}

const curves: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
}

export function readKeyKind(spki: Uint8Array): KeyKind {
  const sequence = readOnly(spki, tags.sequence, 'its public key')
  const algorithm = sequence.enter(tags.sequence, 'the algorithm of its public key')
  const oid = algorithm.oid('the algorithm of its public key')
  const bits = sequence.octetsOfBits('its public key')
  sequence.finish('its public key')
  switch (oid) {
    case '1.2.840.113549.1.1.1':
      return { kind: 'rsa', bits: modulusBits(bits) }
    case '1.2.840.10045.2.1':
      if (algorithm.tag !== tags.oid) return { kind: 'ec', curve: 'unnamed' }
      return { kind: 'ec', curve: curveName(algorithm.oid('the curve of its public key')) }
    case '1.3.101.112':
      return { kind: 'ed25519' }
    default:
      return { kind: 'other', oid }
  }
}

const curveName = (oid: string): string => curves[oid] ?? oid

function modulusBits(rsaKey: Uint8Array): number {
  const key = readOnly(rsaKey, tags.sequence, 'its RSA key')
  const modulus = key.integer('the modulus of its RSA key')
  const exponent = key.integer('the exponent of its RSA key')
  key.finish('its RSA key')
  const last = exponent.at(-1) ?? 0
  // RFC 8017 3.1: odd, from 3 on. With 1 the message is its own signature: anybody could sign for such a CA
  if ((exponent[0] ?? 0) >= 0x80 || last % 2 === 0 || (exponent.length === 1 && last < 3))
    throw new MalformedCertificate('the exponent of its RSA key is no odd number from 3 on')
  // OpenSSL's own bound, which it keeps past 3072 bits only; without it one check costs a hundred (6 ms)
  if (exponent.length > 9 || (exponent.length === 9 && exponent[0] !== 0))
    throw new MalformedCertificate('the exponent of its RSA key is longer than 64 bits')
  if ((modulus[0] ?? 0) >= 0x80) throw new MalformedCertificate('the modulus of its RSA key is negative')
  const significant = modulus[0] === 0 ? modulus.subarray(1) : modulus
  return significant.length * 8 - Math.clz32(significant[0] ?? 0) + 24
}

/** contract/semantics 4.12. RSA keys past 8192 bits would make one check as dear as a hundred. */
export function isSupported(key: KeyKind): boolean {
  if (key.kind === 'rsa') return key.bits <= 8192
  return key.kind === 'ed25519' || (key.kind === 'ec' && key.curve.startsWith('P-'))
}

/** `RSA 1024`, `P-256`. */
export function nameOfKey(key: KeyKind): string {
  if (key.kind === 'rsa') return `RSA ${key.bits}`
  if (key.kind === 'ec') return key.curve.startsWith('P-') ? key.curve : `the elliptic curve ${key.curve}`
  return key.kind === 'ed25519' ? 'Ed25519' : (keyNames[key.oid] ?? `the key algorithm ${key.oid}`)
}

const keyNames: Readonly<Record<string, string>> = {
  '1.2.840.10040.4.1': 'a DSA key',
  '1.2.840.113549.1.1.10': 'an RSASSA-PSS key',
  '1.3.101.113': 'an Ed448 key',
}

const known: Readonly<Record<string, Omit<SignatureAlgorithm, 'oid'>>> = {
  '1.2.840.113549.1.1.2': { name: 'MD2 with RSA', family: 'rsa', hash: 'md2' },
  '1.2.840.113549.1.1.4': { name: 'MD5 with RSA', family: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { name: 'SHA-1 with RSA', family: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { name: 'SHA-256 with RSA', family: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { name: 'SHA-384 with RSA', family: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { name: 'SHA-512 with RSA', family: 'rsa', hash: 'sha512' },
  '1.2.840.113549.1.1.14': { name: 'SHA-224 with RSA', family: 'rsa', hash: 'sha224' },
  '1.2.840.10045.4.1': { name: 'SHA-1 with ECDSA', family: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { name: 'SHA-224 with ECDSA', family: 'ec', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { name: 'SHA-256 with ECDSA', family: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'SHA-384 with ECDSA', family: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'SHA-512 with ECDSA', family: 'ec', hash: 'sha512' },
  '1.3.101.112': { name: 'Ed25519', family: 'ed25519' },
  '1.2.840.10040.4.3': { name: 'SHA-1 with DSA', family: 'unknown' },
}

/** Reads an AlgorithmIdentifier, given whole. */
export function readSignatureAlgorithm(bytes: Uint8Array): SignatureAlgorithm {
  const sequence = readOnly(bytes, tags.sequence, 'its signature algorithm')
  const oid = sequence.oid('its signature algorithm')
  const plain = known[oid]
  if (plain) {
    if (sequence.more) sequence.skip() // NULL, for RSA
    sequence.finish('its signature algorithm')
    return { oid, ...plain }
  }
  if (oid === '1.2.840.113549.1.1.10') return { oid, ...readPss(sequence) }
  return { oid, name: `the signature algorithm ${oid}`, family: 'unknown' }
}

const hashes: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

// RFC 4055 3.1; a mask of another hash than the message's does not occur and is not supported
function readPss(sequence: DerReader): Omit<SignatureAlgorithm, 'oid'> {
  const parameters = sequence.optional(tags.sequence) ?? new DerReader(new Uint8Array(0))
  const hash = readHash(parameters.optional(contextOf(0)))
  const mask = parameters.optional(contextOf(1))?.enter(tags.sequence, 'the mask of its signature algorithm')
  const maskIsMgf1 = mask?.oid('the mask of its signature algorithm') === '1.2.840.113549.1.1.8'
  const maskHash = mask ? readHash(mask) : 'sha1'
  const salt = parameters.optional(contextOf(2))
  const saltLength = salt ? salt.count('the salt length of its signature algorithm') : 20
  const supported = hash !== undefined && hash === maskHash && (maskIsMgf1 || mask === undefined) && !parameters.more
  if (!supported) return { name: 'RSASSA-PSS with unusual parameters', family: 'unknown' }
  return { name: `RSASSA-PSS with ${hash.replace('sha', 'SHA-')}`, family: 'rsa-pss', hash, saltLength }
}

function readHash(reader: DerReader | undefined): string | undefined {
  if (!reader) return 'sha1'
  return hashes[reader.enter(tags.sequence, 'the hash of its signature algorithm').oid('the hash of its signature')]
}

const weakHashes = new Set(['md2', 'md5', 'sha1', 'sha224'])

// contract/semantics 4.12: SHA-256 and better
export const isWeak = ({ hash }: SignatureAlgorithm): boolean => hash !== undefined && weakHashes.has(hash)

export function makePublicKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    throw new MalformedCertificate('its public key is no key')
  }
}

export function checkSignature(
  signed: Uint8Array,
  signature: Uint8Array,
  { family, hash, saltLength }: SignatureAlgorithm,
  key: KeyObject,
): boolean {
  try {
    if (key.asymmetricKeyType !== (family === 'rsa-pss' ? 'rsa' : family)) return false
    if (family !== 'rsa-pss') return verify(hash, signed, key, signature) // bare: 20 µs cheaper than in an object
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return verify(hash, signed, { key, padding, saltLength }, signature)
  } catch {
    return false // OpenSSL throws for some signatures that are no signatures at all
  }
}
