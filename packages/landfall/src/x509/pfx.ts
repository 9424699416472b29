/** A device's certificate, chain and key in one PKCS#12 file (RFC 7292), as Windows, .NET and Java want it. */
import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Random } from '../system.ts'
import { context } from './der.ts'
import { bmpString, element, explicit, integer, nothing, octetString, oid, sequence, setOf } from './der-write.ts'
import type { Issued } from './issue.ts'

/** `modern`: AES-256 and SHA-256. `legacy`: 3DES and SHA-1, all that Windows Server 2016 and older .NET read. */
export type PfxStrength = 'modern' | 'legacy'

interface Contents {
  readonly issued: Issued
  /** DER of the certificates above, nearest first. */
  readonly chain: readonly Uint8Array[]
  readonly password: string
  readonly random: Random
  readonly strength?: PfxStrength
}

const ids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
} as const

/** The count OpenSSL 3 uses. The file holds a test key; its owner guards it. */
const iterations = 2048

export function makePfx({ issued, chain, password, random, strength = 'modern' }: Contents): Uint8Array {
  const encrypt = strength === 'modern' ? encryptModern : encryptLegacy
  const [leafBag, keyBag] = bagsOf(issued, (bytes) => encrypt(bytes, password, random))
  const certificates = sequence(leafBag, ...chain.map((der) => certBag(der)))
  const { algorithm, encrypted } = encrypt(certificates, password, random)
  const encryptedContent = sequence(oid(ids.data), algorithm, element(context(0), encrypted))
  const safe = sequence(
    contentInfo(ids.encryptedData, sequence(integer(0), encryptedContent)),
    contentInfo(ids.data, octetString(sequence(keyBag))),
  )
  const mac = macOf(safe, password, random, strength)
  return Uint8Array.from(sequence(integer(3), contentInfo(ids.data, octetString(safe)), mac))
}

const contentInfo = (type: string, content: Uint8Array) => sequence(oid(type), explicit(0, content))

type Encrypt = (bytes: Uint8Array) => { algorithm: Uint8Array; encrypted: Uint8Array }

function bagsOf({ certificate, keys }: Issued, encrypt: Encrypt): readonly [Uint8Array, Uint8Array] {
  // ties the certificate to its key
  const keyId = setOf(octetString(createHash('sha1').update(certificate.der).digest()))
  const name = setOf(bmpString(certificate.subject.commonName ?? ''))
  const attributes = element(0x31, sequence(oid(ids.friendlyName), name), sequence(oid(ids.localKeyId), keyId))
  const { algorithm, encrypted } = encrypt(keys.privateKey.export({ type: 'pkcs8', format: 'der' }))
  const shrouded = sequence(algorithm, octetString(encrypted))
  return [certBag(certificate.der, attributes), sequence(oid(ids.shroudedKeyBag), explicit(0, shrouded), attributes)]
}

function certBag(der: Uint8Array, ...attributes: readonly Uint8Array[]): Uint8Array {
  const bag = sequence(oid(ids.x509Certificate), explicit(0, octetString(der)))
  return sequence(oid(ids.certBag), explicit(0, bag), ...attributes)
}

// PBES2 (RFC 8018 6.2): PBKDF2 with HMAC-SHA-256, AES-256-CBC
function encryptModern(bytes: Uint8Array, password: string, random: Random) {
  const [salt, iv] = [random.bytes(16), random.bytes(16)]
  const key = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const prf = sequence(oid('1.2.840.113549.2.9'), nothing())
  const derivation = sequence(oid('1.2.840.113549.1.5.12'), sequence(octetString(salt), integer(iterations), prf))
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv))
  const algorithm = sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, cipher))
  return { algorithm, encrypted: encryptCbc('aes-256-cbc', key, iv, bytes) }
}

// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 C)
function encryptLegacy(bytes: Uint8Array, password: string, random: Random) {
  const salt = random.bytes(8)
  const key = deriveKey('sha1', password, salt, { purpose: 1, length: 24 })
  const iv = deriveKey('sha1', password, salt, { purpose: 2, length: 8 })
  const parameters = sequence(octetString(salt), integer(iterations))
  const algorithm = sequence(oid('1.2.840.113549.1.12.1.3'), parameters)
  return { algorithm, encrypted: encryptCbc('des-ede3-cbc', key, iv, bytes) }
}

function encryptCbc(name: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(name, key, iv)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

const digests = { modern: ['sha256', '2.16.840.1.101.3.4.2.1', 32], legacy: ['sha1', '1.3.14.3.2.26', 20] } as const

function macOf(safe: Uint8Array, password: string, random: Random, strength: PfxStrength): Uint8Array {
  const [hash, hashId, length] = digests[strength]
  const salt = random.bytes(16)
  const mac = createHmac(hash, deriveKey(hash, password, salt, { purpose: 3, length }))
    .update(safe)
    .digest()
  const digest = sequence(sequence(oid(hashId), nothing()), octetString(mac))
  return sequence(digest, octetString(salt), integer(iterations))
}

/** RFC 7292 B.2, for hashes of 64-byte blocks. `purpose`: 1 key, 2 initial vector, 3 MAC key. */
function deriveKey(
  hash: string,
  password: string,
  salt: Uint8Array,
  { purpose, length }: { purpose: 1 | 2 | 3; length: number },
): Uint8Array {
  const block = 64
  const fill = (bytes: Uint8Array) => Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes)
  const input = Buffer.concat([fill(salt), fill(Buffer.from(`${password}\0`, 'utf16le').swap16())])
  const diversifier = Buffer.alloc(block, purpose)
  const pieces: Buffer[] = []
  for (let made = 0; made < length; made += pieces.at(-1)?.length ?? length) {
    let piece = createHash(hash).update(diversifier).update(input).digest()
    for (let round = 1; round < iterations; round++) piece = createHash(hash).update(piece).digest()
    pieces.push(piece)
    addToBlocks(input, Buffer.alloc(block, piece))
  }
  return Buffer.concat(pieces).subarray(0, length)
}

// each block of `input` becomes itself + addend + 1, modulo 2^512
function addToBlocks(input: Buffer, addend: Buffer): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1
    for (let i = addend.length - 1; i >= 0; i--) {
      carry += (input[start + i] ?? 0) + (addend[i] ?? 0)
      input[start + i] = carry & 0xff
      carry >>= 8
    }
  }
}
