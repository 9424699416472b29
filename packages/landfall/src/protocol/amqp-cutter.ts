/** A stream of bytes, cut into what AMQP is made of: protocol headers and frames. */
import { AmqpFault } from './amqp-scan.ts'

/** Of a protocol header, and of the head of a frame. */
const headBytes = 8
const mostPieces = 64

export class AmqpCutter {
  #chunks: Buffer[] = []
  #length = 0

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    // a piece has a cost of its own, a hundred times that of the one byte it may hold
    if (this.#chunks.length > mostPieces) this.#joined()
  }

  /** The next header or frame; undefined: it is not whole yet. */
  next(mostBytes: number): Buffer | undefined {
    if (this.#length < headBytes) return
    const head = this.#head()
    const size = isProtocolHeader(head) ? headBytes : head.readUInt32BE(0)
    if (size < headBytes || size > mostBytes) throw new AmqpFault(`a frame of ${size} bytes`)
    if (this.#length < size) return
    return this.#take(size)
  }

  clear(): void {
    this.#chunks = []
    this.#length = 0
  }

  #head(): Buffer {
    const [first] = this.#chunks
    if (first && first.length >= headBytes) return first
    return this.#joined()
  }

  #take(size: number): Buffer {
    const [first] = this.#chunks
    const from = first && first.length >= size ? first : this.#joined()
    this.#chunks[0] = from.subarray(size)
    if (this.#chunks[0].length === 0) this.#chunks.shift()
    this.#length -= size
    return from.subarray(0, size)
  }

  /** Only where a frame is whole, or its first bytes are not: what comes in small pieces is not copied for each. */
  #joined(): Buffer {
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }
}

/** "AMQP"; as the length of a frame it would be a thousand megabytes. */
export const isProtocolHeader = (bytes: Buffer) => bytes.length >= 4 && bytes.readUInt32BE(0) === 0x414d5150

export const protocolHeader = (protocol: 0 | 3) => Buffer.from([0x41, 0x4d, 0x51, 0x50, protocol, 1, 0, 0])
