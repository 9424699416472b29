/**
 * The public area of a TPM 2.0 key that others can be wrapped for: an endorsement or a storage root key (TCG TPM 2.0
 * Library, part 2, 12.2; contract/device-api-amqp-tpm 8.1, 9.4).
 */
import { createHash, createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto'
import { padded, u16 } from './marshal.ts'

export type NameHash = 'sha256' | 'sha384' | 'sha512'

export interface EccPoint {
  readonly curve: 'prime256v1' | 'secp384r1'
  /** As they stand in the area, which is what both sides derive from. */
  readonly x: Buffer
  readonly y: Buffer
}

export interface ParentKey {
  /** TPMT_PUBLIC, without a size before it. */
  readonly bytes: Buffer
  /** TPM 2.0 part 1, 16: the algorithm and the hash of the area. */
  readonly name: Buffer
  readonly nameHash: NameHash
  /** Of the AES that wraps what is below it. */
  readonly aesBits: 128 | 256
  readonly publicKey: KeyObject
  /** Absent: RSA. */
  readonly point?: EccPoint
}

export type ParentKeyReading = { readonly key: ParentKey } | { readonly why: string }

/** Characters of base64; longer than any area, RSA 4096 included. */
export const longestKeyText = 8192
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Of base64, with or without the size that TPM2B_PUBLIC begins with. */
export function readParentKey(text: string): ParentKeyReading {
  const bytes = areaOf(text)
  if (bytes === undefined) return { why: 'it is not base64' }
  try {
    return { key: parse(bytes) }
  } catch (error) {
    if (error instanceof BadArea) return { why: error.message }
    throw error
  }
}

/** The bytes that two texts of one key have in common; undefined where it is no base64. */
export function areaOf(text: string): Buffer | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > longestKeyText || !base64.test(trimmed)) return
  const bytes = Buffer.from(trimmed, 'base64')
  return bytes.length > 2 && bytes.readUInt16BE(0) === bytes.length - 2 ? bytes.subarray(2) : bytes
}

/** What a key is recorded and recognised by, hex; not its name, which is of its own algorithm. */
export const sha256Of = ({ bytes }: Pick<ParentKey, 'bytes'>): string => hash('sha256', bytes, 'hex')

class BadArea extends Error {}

/** TPM 2.0 part 2, 6.3. */
const algorithm = { rsa: 0x0001, aes: 0x0006, null: 0x0010, ecc: 0x0023, cfb: 0x0043 } as const
const nameHashes: ReadonlyMap<number, NameHash> = new Map([
  [0x000b, 'sha256'],
  [0x000c, 'sha384'],
  [0x000d, 'sha512'],
])
/** TPMA_OBJECT: part 2, 8.3. */
const attribute = { restricted: 1 << 16, decrypt: 1 << 17, sign: 1 << 18 } as const
/** No hash of a policy is longer. */
const longestPolicy = 64

function parse(bytes: Buffer): ParentKey {
  const reader = new Reader(bytes)
  const type = reader.u16()
  if (type !== algorithm.rsa && type !== algorithm.ecc)
    throw new BadArea('it is not the public area of an RSA or ECC key of a TPM (TPM2B_PUBLIC)')
  const hashId = reader.u16()
  const nameHash = nameHashes.get(hashId)
  if (nameHash === undefined) throw new BadArea('its name algorithm is not SHA-256, SHA-384 or SHA-512')
  requireParent(reader.u32())
  reader.sized(longestPolicy)
  const aesBits = readSymmetric(reader)
  if (reader.u16() !== algorithm.null) throw new BadArea('it has a scheme, as a key that wraps others has none')
  const unique = type === algorithm.rsa ? readRsa(reader) : readEcc(reader)
  reader.end()
  const name = Buffer.concat([u16(hashId), createHash(nameHash).update(bytes).digest()])
  return { bytes, name, nameHash, aesBits, ...unique }
}

/** part 1, 22.3: only a restricted key for decrypting can be a parent, and only one can activate a credential. */
function requireParent(attributes: number): void {
  if ((attributes & attribute.decrypt) === 0) throw new BadArea('it is not a key for decrypting')
  if ((attributes & attribute.restricted) === 0)
    throw new BadArea('it is not restricted, as endorsement and storage root keys are')
  if ((attributes & attribute.sign) !== 0) throw new BadArea('it signs, as endorsement and storage root keys do not')
}

function readSymmetric(reader: Reader): 128 | 256 {
  if (reader.u16() !== algorithm.aes) throw new BadArea('its symmetric algorithm is not AES')
  const bits = reader.u16()
  if (bits !== 128 && bits !== 256) throw new BadArea(`its AES key has ${bits} bits, not 128 or 256`)
  if (reader.u16() !== algorithm.cfb) throw new BadArea('its AES mode is not CFB')
  return bits
}

type Unique = Pick<ParentKey, 'publicKey' | 'point'>

/** The sizes that TPMs have; a stranger may not choose what RSA costs us (contract/device-api-amqp-tpm 10.5). */
const rsaBits: ReadonlySet<number> = new Set([2048, 3072])

function readRsa(reader: Reader): Unique {
  const bits = reader.u16()
  if (!rsaBits.has(bits)) throw new BadArea(`it is RSA of ${bits} bits, not 2048 or 3072`)
  const exponent = reader.u32()
  // zero stands for the usual one: part 2, 12.2.3.5
  if (exponent !== 0 && exponent !== 65537) throw new BadArea(`its RSA exponent is ${exponent}, not 65537`)
  const modulus = reader.sized(bits / 8)
  const isOdd = ((modulus.at(-1) ?? 0) & 1) === 1
  if (modulus.length !== bits / 8 || (modulus.at(0) ?? 0) < 0x80 || !isOdd)
    throw new BadArea(`its RSA modulus is not one of ${bits} bits`)
  return { publicKey: importKey({ kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }) }
}

/** TPM_ECC_CURVE: part 2, 6.4. */
const curves: ReadonlyMap<number, { readonly jwk: string; readonly curve: EccPoint['curve']; readonly bytes: number }> =
  new Map([
    [0x0003, { jwk: 'P-256', curve: 'prime256v1', bytes: 32 }],
    [0x0004, { jwk: 'P-384', curve: 'secp384r1', bytes: 48 }],
  ])

function readEcc(reader: Reader): Unique {
  const found = curves.get(reader.u16())
  if (found === undefined) throw new BadArea('its curve is not P-256 or P-384')
  if (reader.u16() !== algorithm.null) throw new BadArea('it has a key derivation scheme, which no TPM supports')
  const { jwk, curve, bytes } = found
  const x = reader.sized(bytes)
  const y = reader.sized(bytes)
  const coordinate = (value: Buffer) => padded(value, bytes).toString('base64url')
  return {
    publicKey: importKey({ kty: 'EC', crv: jwk, x: coordinate(x), y: coordinate(y) }),
    point: { curve, x, y },
  }
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new BadArea('it is no point of its curve')
  }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  u16(): number {
    return this.#take(2).readUInt16BE(0)
  }

  u32(): number {
    return this.#take(4).readUInt32BE(0)
  }

  /** Bytes with their length before them. */
  sized(most: number): Buffer {
    const length = this.u16()
    if (length > most) throw new BadArea(`a part of it has ${length} bytes, more than ${most}`)
    return this.#take(length)
  }

  end(): void {
    const more = this.#bytes.length - this.#at
    if (more > 0) throw new BadArea(`${more} bytes follow its end`)
  }

  #take(count: number): Buffer {
    const from = this.#at
    this.#at += count
    if (this.#at > this.#bytes.length) throw new BadArea('it ends before it is whole')
    return this.#bytes.subarray(from, this.#at)
  }
}
