/**
 * A key for one TPM alone: the "authenticationKey" of the device API (contract/device-api-amqp-tpm 9). The key is wrapped
 * as a child of the storage root key, under an inner key that only the TPM with the endorsement key gives out. So who
 * signs with it has shown that it holds the endorsement key.
 */
import { createCipheriv, createHash, createHmac } from 'node:crypto'
import type { Random } from '../system.ts'
import { hashBytes, kdfa } from './kdf.ts'
import { sized, u16, u32 } from './marshal.ts'
import type { ParentKey } from './public-area.ts'
import { type SharedSeed, shareSeed } from './seed.ts'

export interface BlobOrder {
  readonly endorsementKey: ParentKey
  readonly storageRootKey: ParentKey
  /** What is delivered: 16 to 64 bytes. */
  readonly key: Uint8Array
  /** No client reads it (9.3 step 8). */
  readonly data: string
}

/** TPM2_Import refuses an HMAC key of more than a block of SHA-256, and shorter ones than 16 bytes are none. */
const deliverableBytes = { least: 16, most: 64 } as const
/** C and C# know no other length. */
const innerKeyBytes = 16
const obfuscationBytes = 32
/** The input buffer of a TPM is 1024 bytes. */
const mostDataBytes = 512

/** Six structures, each with its size before it (9.1). Throws a RangeError for a `key` of another length. */
export function makeBlob(
  { endorsementKey, storageRootKey, key, data }: BlobOrder,
  random: Pick<Random, 'bytes'>,
): Buffer {
  const { least, most } = deliverableBytes
  if (key.length < least || key.length > most)
    throw new RangeError(`a TPM takes a key of ${least} to ${most} bytes, not ${key.length}`)
  const inner = Buffer.from(random.bytes(innerKeyBytes))
  const child = hmacKeyOf(key, Buffer.from(random.bytes(obfuscationBytes)))
  const identity = shareSeed(endorsementKey, 'IDENTITY', random)
  const duplicate = shareSeed(storageRootKey, 'DUPLICATE', random)
  return Buffer.concat([
    sized(credentialFor(endorsementKey, storageRootKey.name, identity.seed, inner)),
    sized(identity.secret),
    sized(wrapFor(storageRootKey, child, duplicate.seed, inner)),
    sized(duplicate.secret),
    sized(child.area),
    sized(aesCfb(inner, Buffer.from(data).subarray(0, mostDataBytes))),
  ])
}

export interface HmacKey {
  /** TPMT_PUBLIC of the key. */
  readonly area: Buffer
  readonly name: Buffer
  /** TPM2B_SENSITIVE. */
  readonly sensitive: Buffer
}

/** TPM_ALG_KEYEDHASH, TPM_ALG_HMAC and TPM_ALG_SHA256: part 2, 6.3. */
const keyedHash = u16(0x0008)
const sha256Id = u16(0x000b)
const hmacWithSha256 = Buffer.concat([u16(0x0005), sha256Id])
/** sign, noDA, userWithAuth. Not fixed to its parent, or it could not be imported. */
const attributes = u32(0x00040440)

/** 9.3 steps 3 and 4 */
export function hmacKeyOf(key: Uint8Array, obfuscation: Buffer): HmacKey {
  const unique = sha256(obfuscation, key)
  const noPolicy = u16(0)
  const area = Buffer.concat([keyedHash, sha256Id, attributes, noPolicy, hmacWithSha256, sized(unique)])
  const noPassword = u16(0)
  const sensitive = sized(Buffer.concat([keyedHash, noPassword, sized(obfuscation), sized(key)]))
  return { area, name: Buffer.concat([sha256Id, sha256(area)]), sensitive }
}

/** 9.3 step 5: what the inner key alone protects. */
export function innerWrap({ sensitive, name }: HmacKey, inner: Buffer): Buffer {
  return aesCfb(inner, Buffer.concat([sized(sha256(sensitive, name)), sensitive]))
}

/** 9.3 step 6: TPM2B_PRIVATE, without its size. */
export function wrapFor(parent: ParentKey, child: HmacKey, seed: SharedSeed['seed'], inner: Buffer): Buffer {
  return protect(parent, child.name, seed, innerWrap(child, inner))
}

/** 9.3 step 7: TPM2B_ID_OBJECT, without its size. `name`: of the key that must be in the same TPM. */
export function credentialFor(key: ParentKey, name: Buffer, seed: SharedSeed['seed'], inner: Buffer): Buffer {
  return protect(key, name, seed, sized(inner))
}

/** part 1, 22.4 and 24.5: encrypted, and with an HMAC before it that binds the name. */
function protect({ nameHash: hash, aesBits }: ParentKey, name: Buffer, secret: Buffer, content: Buffer): Buffer {
  const storageKey = kdfa({ hash, secret, label: 'STORAGE', contextU: name, bits: aesBits })
  const integrityKey = kdfa({ hash, secret, label: 'INTEGRITY', bits: hashBytes[hash] * 8 })
  const encrypted = aesCfb(storageKey, content)
  return Buffer.concat([sized(createHmac(hash, integrityKey).update(encrypted).update(name).digest()), encrypted])
}

/**
 * The IV is zero, as TPMs have it. The inner key alone wraps twice: the key, within the outer wrap, and a text that is no
 * secret.
 */
function aesCfb(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-cfb`, key, Buffer.alloc(16))
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
