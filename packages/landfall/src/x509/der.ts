/**
 * A strict reader of DER. It walks forward over one buffer, never calls itself, refuses indefinite and padded
 * lengths, and every length is checked against the element that holds it, so hostile input costs its own size at most.
 */

/** The bytes are not what the certificate's format demands. `why` is a clause for a sentence. */
export class MalformedCertificate extends Error {
  readonly why: string

  constructor(why: string) {
    super(`The certificate cannot be read: ${why}.`)
    this.name = 'MalformedCertificate'
    this.why = why
  }
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]` of a context-specific element: primitive, or constructed where it holds others. */
export const context = (number: number) => 0x80 | number
export const contextOf = (number: number) => 0xa0 | number

export class DerReader {
  readonly bytes: Uint8Array
  /** Where the next element begins. */
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = from
    this.end = end
  }

  get more(): boolean {
    return this.at < this.end
  }

  /** The tag of the next element, 0 at the end. */
  get tag(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? 0) : 0
  }

  /** The next element, whatever it is, as a reader of its content. */
  next(): DerReader {
    const from = this.#header()
    const to = this.#contentEnd
    this.at = to
    return new DerReader(this.bytes, from, to)
  }

  /** The next element, which must have this tag. */
  enter(tag: number, what: string): DerReader {
    if (this.tag !== tag) throw new MalformedCertificate(`${what} is missing or of the wrong type`)
    return this.next()
  }

  /** The next element where it has this tag. */
  optional(tag: number): DerReader | undefined {
    return this.tag === tag ? this.next() : undefined
  }

  /** The next element whole, header included. */
  whole(tag: number, what: string): Uint8Array {
    const start = this.at
    this.enter(tag, what)
    return this.bytes.subarray(start, this.at)
  }

  skip(): void {
    this.#header()
    this.at = this.#contentEnd
  }

  /** What is left, unread. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end)
  }

  finish(what: string): void {
    if (this.at !== this.end) throw new MalformedCertificate(`something stands after ${what}`)
  }

  #contentEnd = 0

  /** Reads tag and length; gives where the content begins and leaves where it ends in #contentEnd. */
  #header(): number {
    const { bytes, end } = this
    let at = this.at
    if (at + 2 > end) throw new MalformedCertificate('it ends too early')
    // tag numbers of 31 and more do not occur in certificates
    if (((bytes[at] ?? 0) & 0x1f) === 0x1f) throw new MalformedCertificate('it has a tag that certificates do not have')
    let length = bytes[at + 1] ?? 0
    at += 2
    if (length >= 0x80) {
      const count = length & 0x7f
      length = this.#longLength(at, count)
      at += count
    }
    if (length > end - at) throw new MalformedCertificate('an element is longer than what holds it')
    this.#contentEnd = at + length
    return at
  }

  // X.690 10.1: definite, and in as few octets as possible; four octets name more than any budget allows
  #longLength(at: number, count: number): number {
    if (count === 0) throw new MalformedCertificate('it has an indefinite length, which DER does not allow')
    if (count > 4 || at + count > this.end) throw new MalformedCertificate('an element is longer than what holds it')
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + (this.bytes[at + i] ?? 0)
    const needed = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
    if (needed !== count) throw new MalformedCertificate('a length is written longer than DER allows')
    return length
  }

  // -- values: each reads one element

  oid(what: string): string {
    return oidText(this.enter(tags.oid, what).rest())
  }

  boolean(what: string): boolean {
    const content = this.enter(tags.boolean, what).rest()
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
      throw new MalformedCertificate(`${what} is neither true nor false`)
    }
    return content[0] === 0xff
  }

  /** The content octets of an INTEGER, two's complement, in the shortest form. */
  integer(what: string, tag: number = tags.integer): Uint8Array {
    const content = this.enter(tag, what).rest()
    const [first, second] = content
    if (first === undefined) throw new MalformedCertificate(`${what} is empty`)
    const padded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    if (padded) throw new MalformedCertificate(`${what} is written longer than DER allows`)
    return content
  }

  /** An INTEGER of 0 or more; what is past all counting reads as 2^31 - 1. */
  count(what: string, tag: number = tags.integer): number {
    const content = this.integer(what, tag)
    if ((content[0] ?? 0) >= 0x80) throw new MalformedCertificate(`${what} is negative`)
    if (content.length > 4) return 0x7fffffff
    return content.reduce((value, octet) => value * 256 + octet, 0)
  }

  /** A BIT STRING of whole octets: keys. */
  octetsOfBits(what: string): Uint8Array {
    const content = this.enter(tags.bitString, what).rest()
    if (content[0] !== 0) throw new MalformedCertificate(`${what} is no whole number of octets`)
    return content.subarray(1)
  }
}

/** The one element that the bytes are, and nothing after it. */
export function readOnly(bytes: Uint8Array, tag: number, what: string): DerReader {
  const reader = new DerReader(bytes)
  const content = reader.enter(tag, what)
  reader.finish(what)
  return content
}

const oidTexts = new Map<string, string>()

/** Dotted decimal. The few hundred that occur are remembered; a flood of invented ones is not. */
function oidText(content: Uint8Array): string {
  const key = String.fromCharCode.apply(undefined, content.length > 40 ? [] : (content as unknown as number[]))
  const known = oidTexts.get(key)
  if (known !== undefined) return known
  const text = decodeOid(content)
  if (oidTexts.size < 500) oidTexts.set(key, text)
  return text
}

function decodeOid(content: Uint8Array): string {
  // no registered identifier comes near 40 octets
  if (content.length === 0 || content.length > 40)
    throw new MalformedCertificate('an object identifier has no legal length')
  const arcs: bigint[] = []
  let arc = 0n
  let begun = false
  for (const octet of content) {
    if (!begun && octet === 0x80) throw new MalformedCertificate('an object identifier is padded')
    arc = (arc << 7n) | BigInt(octet & 0x7f)
    begun = octet >= 0x80
    if (begun) continue
    arcs.push(arc)
    arc = 0n
  }
  if (begun) throw new MalformedCertificate('an object identifier ends too early')
  const [first = 0n, ...others] = arcs
  const root = first < 80n ? first / 40n : 2n
  return [root, first - root * 40n, ...others].join('.')
}

/** UTCTime and GeneralizedTime in the one form RFC 5280 4.1.2.5 allows: to the second, in UTC. */
export function readTime(reader: DerReader, what: string): number {
  const tag = reader.tag
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) throw new MalformedCertificate(`${what} is no time`)
  const content = reader.next().rest()
  const yearDigits = tag === tags.utcTime ? 2 : 4
  if (content.length !== yearDigits + 11 || content[content.length - 1] !== 0x5a) {
    throw new MalformedCertificate(`${what} is not written to the second, in UTC`)
  }
  const digits = (from: number, count: number) => {
    let value = 0
    for (let i = from; i < from + count; i++) {
      const digit = (content[i] ?? 0) - 0x30
      if (digit < 0 || digit > 9) throw new MalformedCertificate(`${what} is no time`)
      value = value * 10 + digit
    }
    return value
  }
  const short = digits(0, yearDigits)
  // RFC 5280 4.1.2.5.1: 50 to 99 are of the last century
  const year = yearDigits === 4 ? short : short + (short >= 50 ? 1900 : 2000)
  const [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map((from) => digits(yearDigits + from, 2)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const instant = Date.UTC(year, month - 1, day, hour, minute, second)
  const legal =
    hour < 24 && minute < 60 && second < 60 && new Date(instant).getUTCDate() === day && month > 0 && month < 13
  if (!legal || (yearDigits === 4 && year < 100)) throw new MalformedCertificate(`${what} is no date of the calendar`)
  return instant
}
