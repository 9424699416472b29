/** Tells a private key from a certificate, so that one that was sent by mistake is called by its name and goes no further. */
import { tags } from './der.ts'

/** Of any armour, well formed or not: `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `OPENSSH PRIVATE KEY`. */
export function privateKeyInText(text: string): string | undefined {
  const [, label] = /BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)/i.exec(text) ?? []
  return label
}

/**
 * By what stands first in it (PKCS #1, SEC 1, RFC 5958: a small version; RFC 5958 3: an algorithm, then octets; RFC
 * 7292 4: version 3). A certificate begins with a SEQUENCE that begins with a version or a number.
 */
export function privateKeyInBytes(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== tags.sequence) return
  const first = contentOf(bytes, 0)
  if (bytes[first] === tags.integer && bytes[first + 1] === 1) {
    const version = bytes[first + 2] ?? 0
    return version === 3 ? 'PKCS #12' : version < 2 ? 'PRIVATE KEY' : undefined
  }
  if (bytes[first] !== tags.sequence || bytes[contentOf(bytes, first)] !== tags.oid) return
  const after = contentOf(bytes, first) + lengthOf(bytes, first)
  return bytes[after] === tags.octetString ? 'ENCRYPTED PRIVATE KEY' : undefined
}

const contentOf = (bytes: Uint8Array, at: number): number => {
  const length = bytes[at + 1] ?? 0
  return at + 2 + (length > 0x80 ? length & 0x7f : 0)
}

function lengthOf(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1] ?? 0
  if (length < 0x80) return length
  return bytes.subarray(at + 2, contentOf(bytes, at)).reduce((value, octet) => value * 256 + octet, 0)
}
