/** Symmetric keys and what is derived from them (contract/semantics 6). */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Random } from '../system.ts'

/** Decoded key length, bytes (contract/semantics 6.1). */
export const keyBytes = { least: 16, most: 64, generated: 64 } as const

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes of a key, or undefined where the text is not base64 of 16 to 64 bytes. */
export function readKey(text: string): Buffer | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 100 || !base64Pattern.test(trimmed)) return
  const bytes = Buffer.from(trimmed, 'base64')
  return bytes.length >= keyBytes.least && bytes.length <= keyBytes.most ? bytes : undefined
}

export function generateKey(random: Random, count: number = keyBytes.generated): string {
  return Buffer.from(random.bytes(count)).toString('base64')
}

export function hmacSha256(key: Uint8Array, text: string): Buffer {
  // a KeyObject, because with bytes Node 24 first finds out by exception that they are none: 14 µs instead of 5
  return createHmac('sha256', createSecretKey(key)).update(text, 'utf8').digest()
}

/** base64( HMAC-SHA256( base64decode(groupKey), registrationId ) ): contract/semantics 6.3. */
export function deriveDeviceKey(groupKey: string, registrationId: string): string {
  return hmacSha256(Buffer.from(groupKey, 'base64'), registrationId).toString('base64')
}

/** Constant time for equal lengths; lengths of signatures are no secret. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
