/** Packet identifiers in use on one connection (MQTT 3.1.1, 2.3.1), bounded: what is never acknowledged is never forgotten. */
import { MqttFault } from './mqtt-fault.ts'

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

  /** For a QoS 1 message to the client: `wanted` if it is free. `acknowledged` is called when its PUBACK comes. */
  send(acknowledged: (() => void) | undefined, wanted?: number): number {
    this.#sent ??= new Map()
    if (this.#sent.size >= mostOpen) throw new MqttFault('too many messages without PUBACK')
    const identifier = wanted !== undefined && !this.#sent.has(wanted) ? wanted : this.#free(this.#sent)
    this.#sent.set(identifier, acknowledged)
    return identifier
  }

  #free(taken: ReadonlyMap<number, unknown>): number {
    do this.#last = (this.#last % 0xffff) + 1
    while (taken.has(this.#last))
    return this.#last
  }

  acknowledge(messageId: number): void {
    const acknowledged = this.#sent?.get(messageId)
    this.#sent?.delete(messageId)
    acknowledged?.()
  }
}
