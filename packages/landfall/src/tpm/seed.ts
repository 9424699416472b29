/** A secret for the holder of a key alone: the seed that what is wrapped for it is derived from (part 1, B.10.4 and C.6.1). */
import { constants, createECDH, publicEncrypt } from 'node:crypto'
import type { Random } from '../system.ts'
import { hashBytes, kdfe } from './kdf.ts'
import { padded, sized } from './marshal.ts'
import type { EccPoint, ParentKey } from './public-area.ts'

export type SeedUse = 'IDENTITY' | 'DUPLICATE'

export interface SharedSeed {
  readonly seed: Buffer
  /** TPM2B_ENCRYPTED_SECRET, without its size. */
  readonly secret: Buffer
}

export function shareSeed(key: ParentKey, use: SeedUse, random: Pick<Random, 'bytes'>): SharedSeed {
  return key.point ? byEcc(key, key.point, use) : byRsa(key, use, random)
}

function byRsa({ publicKey, nameHash }: ParentKey, use: SeedUse, random: Pick<Random, 'bytes'>): SharedSeed {
  const seed = Buffer.from(random.bytes(hashBytes[nameHash]))
  const secret = publicEncrypt(
    {
      key: publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: nameHash,
      // with its terminating zero: part 1, B.4
      oaepLabel: Buffer.from(`${use}\0`),
    },
    seed,
  )
  return { seed, secret }
}

const coordinateBytes = { prime256v1: 32, secp384r1: 48 } as const

function byEcc({ nameHash }: ParentKey, { curve, x, y }: EccPoint, use: SeedUse): SharedSeed {
  const length = coordinateBytes[curve]
  const ephemeral = createECDH(curve)
  const point = ephemeral.generateKeys()
  const ownX = point.subarray(1, 1 + length)
  const secret = ephemeral.computeSecret(Buffer.concat([Buffer.from([4]), padded(x, length), padded(y, length)]))
  const bits = hashBytes[nameHash] * 8
  const seed = kdfe({ hash: nameHash, secret, label: use, contextU: ownX, contextV: x, bits })
  return { seed, secret: Buffer.concat([sized(ownX), sized(point.subarray(1 + length))]) }
}
