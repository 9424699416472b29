/** How TPMs derive keys (TCG TPM 2.0 Library, part 1, 11.4.10). */
import { createHash, createHmac } from 'node:crypto'
import { u32 } from './marshal.ts'
import type { NameHash } from './public-area.ts'

export const hashBytes: Readonly<Record<NameHash, number>> = { sha256: 32, sha384: 48, sha512: 64 }

export interface Derivation {
  readonly hash: NameHash
  readonly secret: Buffer
  /** Without its terminating zero. */
  readonly label: string
  readonly contextU?: Buffer
  readonly contextV?: Buffer
  /** Of what is derived; a multiple of 8. */
  readonly bits: number
}

const none = Buffer.alloc(0)

export function kdfa({ hash, secret, label, contextU = none, contextV = none, bits }: Derivation): Buffer {
  const rest = Buffer.concat([Buffer.from(`${label}\0`), contextU, contextV, u32(bits)])
  return blocks(hash, bits, (count) => createHmac(hash, secret).update(count).update(rest).digest())
}

/** From what two ECC keys share. Unlike above, the number of bits is not part of it. */
export function kdfe({ hash, secret, label, contextU = none, contextV = none, bits }: Derivation): Buffer {
  const rest = Buffer.concat([secret, Buffer.from(`${label}\0`), contextU, contextV])
  return blocks(hash, bits, (count) => createHash(hash).update(count).update(rest).digest())
}

function blocks(hash: NameHash, bits: number, block: (count: Buffer) => Buffer): Buffer {
  const many = Math.ceil(bits / 8 / hashBytes[hash])
  return Buffer.concat(Array.from({ length: many }, (_, index) => block(u32(index + 1)))).subarray(0, bits / 8)
}
