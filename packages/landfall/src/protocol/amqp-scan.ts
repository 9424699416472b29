/**
 * Whether bytes are AMQP values that may be read. rhea reads whatever it is given: twenty bytes that claim four thousand
 * million nulls would fill the memory, and a deep nest the stack. So everything is walked here before it is read there.
 */

/** What a peer sent is no AMQP, or more than it may. The connection ends. */
export class AmqpFault extends Error {
  readonly condition: string

  constructor(message: string, condition = 'amqp:connection:framing-error') {
    super(message)
    this.name = 'AmqpFault'
    this.condition = condition
  }
}

/** Values of one frame or message, and how deep they nest; a twin's worth of properties is a hundredth. */
const mostValues = 20_000
const deepest = 16

/** AMQP 1.0, 1.6: code → bytes of a value of fixed width. */
const fixedWidths: ReadonlyMap<number, number> = new Map([
  ...[0x40, 0x41, 0x42, 0x43, 0x44, 0x45].map((code) => [code, 0] as const),
  ...[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56].map((code) => [code, 1] as const),
  ...[0x60, 0x61].map((code) => [code, 2] as const),
  ...[0x70, 0x71, 0x72, 0x73, 0x74].map((code) => [code, 4] as const),
  ...[0x80, 0x81, 0x82, 0x83, 0x84].map((code) => [code, 8] as const),
  ...[0x94, 0x98].map((code) => [code, 16] as const),
])
/** Binary, strings, symbols; lists and maps; arrays: by the width of their length. */
const variable: ReadonlyMap<number, 1 | 4> = new Map([0xa0, 0xa1, 0xa3].flatMap((code) => widths(code)))
const compound: ReadonlyMap<number, 1 | 4> = new Map([0xc0, 0xc1].flatMap((code) => widths(code)))
const array: ReadonlyMap<number, 1 | 4> = new Map(widths(0xe0))

function widths(code: number): [number, 1 | 4][] {
  return [
    [code, 1],
    [code + 0x10, 4],
  ]
}

/** Where the one value that begins at `start` ends. */
export function scanValue(bytes: Buffer, start: number): number {
  const scan = new Scan(bytes, start)
  scan.value(0)
  return scan.at
}

/** Nothing but sections of a message, to the end (AMQP 1.0, 3.2). */
export function scanMessage(bytes: Buffer): void {
  const scan = new Scan(bytes, 0)
  while (scan.at < bytes.length) {
    if (!isSection(bytes, scan.at)) throw new AmqpFault('no section of a message')
    scan.value(0)
  }
}

/** Described by 0x70 to 0x78, as every client writes it; rhea would print a warning about any other. */
function isSection(bytes: Buffer, at: number): boolean {
  const [zero, code, short] = bytes.subarray(at, at + 3)
  const descriptor =
    code === 0x80 && at + 10 <= bytes.length ? Number(bytes.readBigUInt64BE(at + 2)) : code === 0x53 ? (short ?? 0) : 0
  return zero === 0 && descriptor >= 0x70 && descriptor <= 0x78
}

class Scan {
  readonly #bytes: Buffer
  #values = 0
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  value(depth: number): void {
    this.#content(this.#constructorCode(depth), depth)
  }

  /** The code of the value, after the descriptors before it. */
  #constructorCode(depth: number): number {
    if (depth > deepest) throw new AmqpFault('values nest too deep')
    const code = this.#unsigned(1)
    if (code !== 0) return code
    this.value(depth + 1)
    const described = this.#unsigned(1)
    // AMQP 1.0, 1.2: a descriptor may be described itself; nobody does
    if (described === 0) throw new AmqpFault('a value has two descriptors')
    return described
  }

  #content(code: number, depth: number): void {
    if (++this.#values > mostValues) throw new AmqpFault('too many values')
    const fixed = fixedWidths.get(code)
    const size = variable.get(code)
    const ofList = compound.get(code)
    const ofArray = array.get(code)
    if (fixed !== undefined) this.#skip(fixed)
    else if (size !== undefined) this.#skip(this.#unsigned(size))
    else if (ofList !== undefined) this.#items(ofList, () => () => this.value(depth + 1))
    else if (ofArray !== undefined) this.#items(ofArray, () => this.#ofArray(depth + 1))
    else throw new AmqpFault(`an unknown type 0x${code.toString(16)}`)
  }

  /** All items of an array have the one constructor ahead of them. */
  #ofArray(depth: number): () => void {
    const code = this.#constructorCode(depth)
    return () => this.#content(code, depth)
  }

  /** rhea goes by the count alone: where length and count differ, it would read what was not walked here. */
  #items(width: 1 | 4, begin: () => () => void): void {
    const size = this.#unsigned(width)
    const end = this.at + size
    const count = this.#unsigned(width)
    const item = begin()
    for (let done = 0; done < count; done++) item()
    if (this.at !== end) throw new AmqpFault('a list is not as long as it says')
  }

  #unsigned(width: 1 | 4): number {
    const { at } = this
    this.#skip(width)
    return width === 1 ? this.#bytes.readUInt8(at) : this.#bytes.readUInt32BE(at)
  }

  #skip(count: number): void {
    this.at += count
    if (this.at > this.#bytes.length) throw new AmqpFault('a value is longer than its frame')
  }
}
