/** What a TPM does with the keys that it is sent: the reverse of src/tpm/blob.ts, written from the specification again. */
import {
  constants,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto'

export type KeyKind = 'rsa2048' | 'rsa3072' | 'p256' | 'p384'

interface FakeKey {
  /** TPMT_PUBLIC */
  readonly area: Buffer
  /** Base64 of TPM2B_PUBLIC, as clients send it. */
  readonly text: string
  readonly privateKey: KeyObject
}

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)])
const sized = (bytes: Buffer) => Buffer.concat([u16(bytes.length), bytes])

/** PolicySecret(endorsement): the policy of an endorsement key made from the standard template. */
const policyOf = { ek: Buffer.from('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa', 'hex') }
const attributesOf = { ek: 0x000300b2, srk: 0x00030472 }

export function makeFakeKey(use: 'ek' | 'srk', kind: KeyKind = 'rsa2048'): FakeKey {
  const strong = kind === 'rsa3072' || kind === 'p384'
  const head = (type: number) =>
    Buffer.concat([
      u16(type),
      u16(strong ? 0x000c : 0x000b),
      u32(attributesOf[use]),
      sized(use === 'ek' ? policyOf.ek : Buffer.alloc(0)),
      u16(0x0006),
      u16(strong ? 256 : 128),
      u16(0x0043),
      u16(0x0010),
    ])
  if (kind === 'rsa2048' || kind === 'rsa3072') {
    const bits = kind === 'rsa2048' ? 2048 : 3072
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
    const n = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url')
    return fakeKey(Buffer.concat([head(0x0001), u16(bits), u32(0), sized(n)]), privateKey)
  }
  const curve = kind === 'p256' ? { name: 'P-256', id: 3 } : { name: 'P-384', id: 4 }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve.name })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const unique = [x, y].map((one) => sized(Buffer.from(one, 'base64url')))
  return fakeKey(Buffer.concat([head(0x0023), u16(curve.id), u16(0x0010), ...unique]), privateKey)
}

const fakeKey = (area: Buffer, privateKey: KeyObject): FakeKey => ({
  area,
  text: sized(area).toString('base64'),
  privateKey,
})

export interface FakeTpm {
  readonly endorsementKey: FakeKey
  readonly storageRootKey: FakeKey
}

/** Keys are slow to make; tests share them where they do not care. */
export const makeFakeTpm = (kind: KeyKind = 'rsa2048'): FakeTpm => ({
  endorsementKey: makeFakeKey('ek', kind),
  storageRootKey: makeFakeKey('srk', kind),
})

interface Delivered {
  readonly key: Buffer
  readonly data: string
}

/** TPM2_ActivateCredential, TPM2_Import and TPM2_Load; throws as a TPM returns an error. */
export function activate({ endorsementKey, storageRootKey }: FakeTpm, blob: Uint8Array): Delivered {
  const parts = split(blob, 6)
  const [credential, identity, duplicate, secret, area, data] = parts as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ]
  const inner = unsized(unprotect(endorsementKey, 'IDENTITY', identity, credential, nameOf(storageRootKey.area)))
  const childName = nameOf(area)
  const wrapped = decrypt(inner, unprotect(storageRootKey, 'DUPLICATE', secret, duplicate, childName))
  const [integrity] = split(wrapped, 1, 'more follows')
  const sensitive = wrapped.subarray(2 + (integrity?.length ?? 0))
  must(same(integrity, sha('sha256', sensitive, childName)), 'TPM_RC_INTEGRITY of the inner wrapping')
  const content = unsized(sensitive)
  must(content.subarray(0, 4).toString('hex') === '00080000', 'no key without password')
  const [obfuscation, key] = split(content.subarray(4), 2) as [Buffer, Buffer]
  const unique = area.subarray(-32)
  must(same(unique, sha('sha256', obfuscation, key)), 'TPM_RC_BINDING')
  must(key.length <= 64, 'TPM_RC_KEY_SIZE')
  return { key, data: decrypt(inner, data).toString() }
}

function unprotect({ area, privateKey }: FakeKey, use: string, secret: Buffer, blob: Buffer, name: Buffer): Buffer {
  const { hash, aesBytes } = strengthOf(area)
  const seed = openSeed(area, privateKey, use, secret, hash)
  const bits = sha(hash).length * 8
  const [mac] = split(blob, 1, 'more follows')
  const encrypted = blob.subarray(2 + (mac?.length ?? 0))
  const integrityKey = kdfa(hash, seed, 'INTEGRITY', Buffer.alloc(0), bits)
  const expected = createHmac(hash, integrityKey).update(encrypted).update(name).digest()
  must(same(mac, expected), 'TPM_RC_INTEGRITY')
  return decrypt(kdfa(hash, seed, 'STORAGE', name, aesBytes * 8), encrypted)
}

function openSeed(area: Buffer, privateKey: KeyObject, use: string, secret: Buffer, hash: string): Buffer {
  if (privateKey.asymmetricKeyType === 'rsa') {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return privateDecrypt({ key: privateKey, padding, oaepHash: hash, oaepLabel: Buffer.from(`${use}\0`) }, secret)
  }
  const [x, y] = split(secret, 2) as [Buffer, Buffer]
  const { crv = '' } = privateKey.export({ format: 'jwk' })
  const jwk = { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const shared = diffieHellman({ privateKey, publicKey })
  const length = shared.length
  const ownX = area.subarray(-2 * length - 2, -length - 2)
  const label = Buffer.from(`${use}\0`)
  return sha(hash, u32(1), shared, label, x, ownX).subarray(0, sha(hash).length)
}

function strengthOf(area: Buffer) {
  const strong = area.readUInt16BE(2) === 0x000c
  return { hash: strong ? 'sha384' : 'sha256', aesBytes: strong ? 32 : 16 }
}

function kdfa(hash: string, key: Buffer, label: string, context: Buffer, bits: number): Buffer {
  const message = Buffer.concat([u32(1), Buffer.from(`${label}\0`), context, u32(bits)])
  return createHmac(hash, key)
    .update(message)
    .digest()
    .subarray(0, bits / 8)
}

export const nameOf = (area: Buffer) =>
  Buffer.concat([area.subarray(2, 4), sha(area.readUInt16BE(2) === 0x000c ? 'sha384' : 'sha256', area)])

function decrypt(key: Buffer, encrypted: Buffer): Buffer {
  const cipher = createDecipheriv(`aes-${key.length * 8}-cfb`, key, Buffer.alloc(16))
  return Buffer.concat([cipher.update(encrypted), cipher.final()])
}

function sha(hash: string, ...parts: readonly Uint8Array[]): Buffer {
  const made = createHash(hash)
  for (const part of parts) made.update(part)
  return made.digest()
}

function split(
  bytes: Uint8Array,
  count: number,
  rest: 'nothing follows' | 'more follows' = 'nothing follows',
): Buffer[] {
  const whole = Buffer.from(bytes)
  const parts: Buffer[] = []
  let at = 0
  for (let part = 0; part < count; part++) {
    must(at + 2 <= whole.length, 'TPM_RC_INSUFFICIENT')
    const length = whole.readUInt16BE(at)
    must(at + 2 + length <= whole.length, 'TPM_RC_INSUFFICIENT')
    parts.push(whole.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  must(rest === 'more follows' || at === whole.length, 'TPM_RC_SIZE')
  return parts
}

function unsized(bytes: Buffer): Buffer {
  return split(bytes, 1)[0] ?? Buffer.alloc(0)
}

const same = (one: Buffer | undefined, other: Buffer) => one?.equals(other) === true

function must(holds: boolean, error: string): asserts holds {
  if (!holds) throw new Error(error)
}
