/** What a peer says of its sessions and links as they begin: it stays for as long as they do, so it is bounded. */
import { AmqpFault } from './amqp-scan.ts'

export class Said {
  readonly #most: number
  readonly #bytesOf = new Map<object, number>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  keep(whose: object, bytes: number): void {
    this.#bytesOf.set(whose, bytes)
    this.#bytes += bytes
    if (this.#bytes > this.#most)
      throw new AmqpFault(
        `sessions and links that say more than ${this.#most} bytes of themselves`,
        'amqp:resource-limit-exceeded',
      )
  }

  drop(whose: object): void {
    this.#bytes -= this.#bytesOf.get(whose) ?? 0
    this.#bytesOf.delete(whose)
  }
}

/** AMQP 1.0, 2.7: flow, transfer, disposition, detach, end, close. */
const passing: ReadonlySet<number | undefined> = new Set([0x13, 0x14, 0x15, 0x16, 0x17, 0x18])

/** A copy of what will stay: binary values in it would keep alive all that came in the same piece. */
export function apart(frame: Buffer): Buffer {
  const [zero, code, descriptor] = frame.subarray((frame[4] ?? 0) * 4)
  if (zero === 0 && code === 0x53 && passing.has(descriptor)) return frame
  const copy = Buffer.allocUnsafeSlow(frame.length)
  frame.copy(copy)
  return copy
}
