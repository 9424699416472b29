/** Packet identifiers in use on one connection (MQTT 3.1.1, 2.3.1), bounded: what is never acknowledged is never forgotten. */
import { MqttFault } from './mqtt-packets.ts'

/** QoS 2 messages received and not yet released, and QoS 1 messages sent and not yet acknowledged. */
const mostOpen = 256

/** Most devices send and are sent a handful of messages, so what keeps track of them is made when it is needed. */
export class PacketIdentifiers {
  #received: Set<number> | undefined
  #sent: Map<number, (() => void) | undefined> | undefined
  #last = 0

  /** Of a QoS 2 message from the client; false: it is there already, and sent once more. */
  receive(messageId: number): boolean {
    this.#received ??= new Set()
    if (this.#received.has(messageId)) return false
    if (this.#received.size >= mostOpen) throw new MqttFault('too many messages without PUBREL')
    this.#received.add(messageId)
    return true
  }

  release(messageId: number): void {
    this.#received?.delete(messageId)
  }

  /** A free one, for a QoS 1 message to the client; `acknowledged` is called when its PUBACK comes. */
  send(acknowledged: (() => void) | undefined): number {
    this.#sent ??= new Map()
    if (this.#sent.size >= mostOpen) throw new MqttFault('too many messages without PUBACK')
    do this.#last = (this.#last % 0xffff) + 1
    while (this.#sent.has(this.#last))
    this.#sent.set(this.#last, acknowledged)
    return this.#last
  }

  acknowledge(messageId: number): void {
    const acknowledged = this.#sent?.get(messageId)
    this.#sent?.delete(messageId)
    acknowledged?.()
  }
}
