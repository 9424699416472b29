/** Writing DER: each function gives the bytes of one element. */
import { contextOf, tags } from './der.ts'

export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.length)), content])
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256)
  return [0x80 | octets.length, ...octets]
}

export const sequence = (...parts: readonly Uint8Array[]) => element(tags.sequence, ...parts)
/** SET OF with one member; more would have to be sorted. */
export const setOf = (part: Uint8Array) => element(tags.set, part)
export const explicit = (number: number, ...parts: readonly Uint8Array[]) => element(contextOf(number), ...parts)
export const octetString = (bytes: Uint8Array) => element(tags.octetString, bytes)
export const boolean = (value: boolean) => element(tags.boolean, Uint8Array.of(value ? 0xff : 0))
export const nothing = () => element(tags.null)
export const utf8String = (text: string) => element(tags.utf8String, Buffer.from(text))
export const printableString = (text: string) => element(tags.printableString, Buffer.from(text, 'latin1'))
export const bmpString = (text: string) => element(tags.bmpString, Buffer.from(text, 'utf16le').swap16())

/** A whole number of 0 or more, from a number or from its big-endian octets. */
export function integer(value: number | Uint8Array): Uint8Array {
  const octets = typeof value === 'number' ? bigEndian(value) : [...value]
  while (octets.length > 1 && octets[0] === 0) octets.shift()
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0)
  return element(tags.integer, Uint8Array.from(octets))
}

function bigEndian(value: number): number[] {
  return value < 256 ? [value] : [...bigEndian(Math.floor(value / 256)), value % 256]
}

/** BIT STRING of whole octets. */
export const bitString = (bytes: Uint8Array) => element(tags.bitString, Uint8Array.of(0), bytes)

/** BIT STRING of named bits: trailing zeros are left out (X.690 11.2.2). At most 8 bits. */
export function namedBits(bits: readonly number[]): Uint8Array {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  const unused = octet === 0 ? 0 : 31 - Math.clz32(octet & -octet)
  return element(tags.bitString, Uint8Array.of(unused, octet))
}

export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number)
  return element(tags.oid, Uint8Array.from([first * 40 + second, ...others].flatMap(base128)))
}

function base128(arc: number): readonly number[] {
  const octets = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) octets.unshift(0x80 | (left % 128))
  return octets
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
export function time(instant: number): Uint8Array {
  const digits = new Date(instant).toISOString().replace(/\.\d+|[-:T]/g, '')
  const late = new Date(instant).getUTCFullYear() >= 2050
  return element(late ? tags.generalizedTime : tags.utcTime, Buffer.from(late ? digits : digits.slice(2)))
}
