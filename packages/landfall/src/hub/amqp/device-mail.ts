/** Cloud-to-device messages over a link (contract/iot-hub 11.11). */
import type { Log } from '../../observe/log.ts'
import { type AmqpMessage, amqpLong, amqpTimestamp, amqpUuid } from '../../protocol/amqp-message.ts'
import type { Outcome, OutgoingLink } from '../../protocol/amqp-service.ts'
import { destinationOf, type StoredCloudMessage } from '../device/message.ts'
import type { Delivery, DeviceSession } from '../device/session.ts'

export class DeviceMail {
  readonly #session: DeviceSession
  readonly #log: Log
  #link: OutgoingLink | undefined
  /** One at a time: Node settles several in one tick as the first of them. */
  #held: Delivery | undefined
  #isFetching = false

  constructor(session: DeviceSession, log: Log) {
    this.#session = session
    this.#log = log
  }

  attachOut(link: OutgoingLink): void {
    this.#letGo()
    this.#link = link
    link.accept({ room: () => this.#wake() })
    this.#session.onCloudMessage(() => this.#wake())
    link.gone.addEventListener('abort', () => this.#left(link), { once: true })
  }

  #left(link: OutgoingLink): void {
    if (this.#link !== link) return
    this.#link = undefined
    this.#session.onCloudMessage(undefined)
    this.#letGo()
  }

  /** Nobody said what becomes of it: a lost connection is no refusal (contract/iot-hub 13.1). */
  #letGo(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#session.inbox.letGo(held.lockToken)
  }

  #wake(): void {
    const link = this.#link
    if (link === undefined || this.#held !== undefined || this.#isFetching || link.credit === 0) return
    this.#isFetching = true
    void this.#fetch(link)
      .catch((error) => this.#log.warn({ err: error }, 'a message for a device could not be fetched'))
      .finally(() => {
        this.#isFetching = false
      })
  }

  async #fetch(link: OutgoingLink): Promise<void> {
    const delivery = await this.#session.inbox.receive()
    if (delivery === undefined) return
    const { lockToken } = delivery
    if (link.gone.aborted) return this.#session.inbox.letGo(lockToken)
    this.#held = delivery
    const settled = (outcome: Outcome) => void this.#settle(delivery, outcome)
    // C# makes its lock token of the tag
    link.send({ message: messageOf(delivery), tag: amqpUuid(lockToken), settled })
  }

  async #settle(delivery: Delivery, outcome: Outcome): Promise<void> {
    if (this.#held !== delivery) return
    this.#held = undefined
    const { lockToken } = delivery
    const { inbox } = this.#session
    try {
      if (outcome === 'accepted') await inbox.complete(lockToken)
      else if (outcome === 'rejected') await inbox.reject(lockToken)
      else await inbox.abandon(lockToken)
    } catch (error) {
      this.#log.info({ err: error }, 'a message for a device could not be settled')
    }
    this.#wake()
  }
}

function messageOf({ message, lockToken }: Delivery): AmqpMessage {
  const { system, properties, ack, body } = message
  return {
    messageId: system.messageId,
    correlationId: system.correlationId,
    userId: system.userId === undefined ? undefined : Buffer.from(system.userId),
    to: destinationOf(message),
    contentType: system.contentType,
    contentEncoding: system.contentEncoding,
    expiresAt: message.expiresAt,
    applicationProperties: { ...properties, ...(ack !== 'none' && { 'iothub-ack': ack }) },
    annotations: annotationsOf(message, lockToken),
    body: { data: Buffer.from(body.buffer, body.byteOffset, body.length) },
  }
}

const annotationsOf = ({ sequence, enqueuedAt, deliveryCount }: StoredCloudMessage, lockToken: string) => ({
  'x-opt-lock-token': amqpUuid(lockToken),
  'x-opt-sequence-number': amqpLong(sequence),
  'x-opt-enqueued-time': amqpTimestamp(enqueuedAt),
  'iothub-deliverycount': amqpLong(deliveryCount),
})
