/** Messages that come in several frames, put together within bounds. */
import type { RheaLink, RheaTransfer } from './amqp-rhea.ts'
import { AmqpFault } from './amqp-scan.ts'
import type { ProtocolLimits } from './limits.ts'

export interface WholeMessage {
  /** That of its first frame, as if it had been the only one. */
  readonly transfer: RheaTransfer
  readonly format: number
  /** Undefined: more than a message may have. */
  readonly bytes: Buffer | undefined
}

interface Begun {
  readonly transfer: RheaTransfer
  pieces: Buffer[]
  count: number
  bytes: number
  /** Of `pieces`. */
  heldBytes: number
}

/** In the smallest frames there are (512 bytes), the largest message has 700. */
const mostPieces = 1024

/** Of one connection. */
export class MessagePieces {
  readonly #limits: ProtocolLimits
  readonly #begun = new Map<RheaLink, Begun>()
  #heldBytes = 0

  constructor(limits: ProtocolLimits) {
    this.#limits = limits
  }

  /** The message that this frame ends; undefined: there is more to come. */
  add(link: RheaLink, transfer: RheaTransfer, payload: Buffer = Buffer.alloc(0)): WholeMessage | undefined {
    if (transfer.aborted) throw new AmqpFault('aborted messages are not served', 'amqp:not-implemented')
    const message = this.#begun.get(link) ?? begin(link, transfer)
    this.#begun.set(link, message)
    this.#keep(message, payload)
    if (transfer.more) return
    this.drop(link)
    return wholeOf(message, this.#limits.amqpMessageBytes)
  }

  drop(link: RheaLink): void {
    this.#heldBytes -= this.#begun.get(link)?.heldBytes ?? 0
    this.#begun.delete(link)
  }

  #keep(message: Begun, payload: Buffer): void {
    message.bytes += payload.length
    message.count++
    // it will be refused, so what is left of it is read and forgotten
    const isTooLarge = message.bytes > this.#limits.amqpMessageBytes
    const heldBytes = isTooLarge ? 0 : message.bytes
    message.pieces = isTooLarge ? [] : message.pieces
    if (!isTooLarge) message.pieces.push(payload)
    this.#heldBytes += heldBytes - message.heldBytes
    message.heldBytes = heldBytes
    if (message.count > mostPieces || this.#heldBytes > this.#limits.amqpPartialBytes)
      throw new AmqpFault('too much of messages in parts', 'amqp:resource-limit-exceeded')
  }
}

function begin(link: RheaLink, transfer: RheaTransfer): Begun {
  if (link.credit > 0) return { transfer, pieces: [], count: 0, bytes: 0, heldBytes: 0 }
  throw new AmqpFault('more messages than the link has credit for', 'amqp:link:transfer-limit-exceeded')
}

function wholeOf({ transfer, pieces, bytes }: Begun, mostBytes: number): WholeMessage {
  const format = transfer.message_format ?? 0
  const [first] = pieces
  // rhea reads what has format 0
  Object.assign(transfer, { more: false, message_format: 1 })
  if (bytes > mostBytes) return { transfer, format, bytes: undefined }
  return { transfer, format, bytes: first && pieces.length === 1 ? first : Buffer.concat(pieces) }
}
