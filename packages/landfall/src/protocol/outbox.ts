/** What goes out to one client: together what was written together, and no more than the client reads. */
import type { Duplex } from 'node:stream'

export class Outbox {
  readonly #stream: Duplex
  readonly #mostUnreadBytes: number
  readonly #tooMuch: () => void
  /** Written while it is held: goes out in one piece. */
  #held: Buffer[] | undefined

  /** `tooMuch` is called when more than this many bytes wait for the client to read. */
  constructor(stream: Duplex, mostUnreadBytes: number, tooMuch: () => void) {
    this.#stream = stream
    this.#mostUnreadBytes = mostUnreadBytes
    this.#tooMuch = tooMuch
  }

  /** Answers to what came together go together: a thousand writes of two bytes would cost a thousand times their size. */
  holdWhile(work: () => void): void {
    const isOutermost = this.#held === undefined
    this.#held ??= []
    try {
      work()
    } finally {
      if (isOutermost) this.release()
    }
  }

  /** With whatever else is written in this turn: the acknowledgements of one commit go out in one piece. */
  writeThisTurn(bytes: Buffer): void {
    if (!this.#held) {
      this.#held = []
      process.nextTick(releaseOne, this)
    }
    this.#held.push(bytes)
  }

  write(bytes: Buffer): void {
    if (this.#held) this.#held.push(bytes)
    else this.#writeNow(bytes)
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (held.length > 0) this.#writeNow(held.length === 1 && held[0] ? held[0] : Buffer.concat(held))
  }

  #writeNow(bytes: Buffer): void {
    if (this.#stream.destroyed) return
    this.#stream.write(bytes)
    if (this.#stream.writableLength > this.#mostUnreadBytes) this.#tooMuch()
  }
}

/** No closure for each turn. */
const releaseOne = (outbox: Outbox) => outbox.release()
