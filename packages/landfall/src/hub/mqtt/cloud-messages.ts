/** Cloud-to-device messages over one MQTT connection: QoS 1, and PUBACK is their completion (contract/iot-hub 10.15). */
import type { Log } from '../../observe/log.ts'
import type { MqttSession } from '../../protocol/mqtt-service.ts'
import type { Delivery, DeviceSession } from '../device/session.ts'
import type { Unacknowledged } from './kept-sessions.ts'
import { writeBag } from './property-bag.ts'
import { cloudMessageTopic } from './topics.ts'

/** Sent and not acknowledged yet; the others wait in the store. */
const mostUnacknowledged = 16

interface CloudMessagesParts {
  readonly session: MqttSession
  readonly device: DeviceSession
  readonly unacknowledged: Unacknowledged
  readonly log: Log
}

export class CloudMessages {
  readonly #session: MqttSession
  readonly #device: DeviceSession
  readonly #sentBefore: Unacknowledged
  readonly #log: Log
  #qos: 0 | 1 | undefined
  #unacknowledged = 0
  #isFetching = false
  #wasWoken = false

  constructor({ session, device, unacknowledged, log }: CloudMessagesParts) {
    this.#session = session
    this.#device = device
    this.#sentBefore = unacknowledged
    this.#log = log
  }

  begin(qos: 0 | 1): void {
    this.#qos = qos
    this.#device.onCloudMessage(() => this.#wake())
  }

  end(): void {
    this.#qos = undefined
    this.#device.onCloudMessage(undefined)
  }

  #wake(): void {
    this.#wasWoken = true
    if (this.#isFetching) return
    this.#isFetching = true
    this.#fetchAll()
      .catch((error) =>
        this.#log.warn({ err: error, deviceId: this.#device.deviceId }, 'messages could not be fetched'),
      )
      .finally(() => {
        this.#isFetching = false
      })
  }

  async #fetchAll(): Promise<void> {
    while (this.#wasWoken) {
      this.#wasWoken = false
      while (this.#qos !== undefined && this.#unacknowledged < mostUnacknowledged) {
        const delivery = await this.#device.inbox.receive()
        if (!delivery) break
        this.#send(delivery)
      }
    }
  }

  #send(delivery: Delivery): void {
    if (this.#qos === 1) this.#sendUntilAcknowledged(delivery)
    else if (this.#qos === 0) this.#sendOnce(delivery)
    // unsubscribed while it was fetched: nobody would hear it
    else this.#device.inbox.letGo(delivery.lockToken)
  }

  /** Asked for at QoS 0, it is the device's wish that nobody waits for it. */
  #sendOnce({ message, lockToken }: Delivery): void {
    this.#session.publish(this.#topicOf(message), message.body, 0)
    this.#complete(lockToken)
  }

  #sendUntilAcknowledged({ message, lockToken }: Delivery): void {
    this.#unacknowledged += 1
    const identifier = this.#session.publish(this.#topicOf(message), message.body, 1, {
      sentBeforeAs: this.#sentBefore.identifierOf(message.id),
      acknowledged: () => {
        this.#unacknowledged -= 1
        this.#sentBefore.acknowledged(message.id)
        this.#complete(lockToken)
      },
    })
    if (identifier !== undefined) this.#sentBefore.sent(message.id, identifier)
  }

  #topicOf(message: Delivery['message']): string {
    return cloudMessageTopic(this.#device, writeBag(message))
  }

  #complete(lockToken: string): void {
    this.#device.inbox
      .complete(lockToken)
      .catch((error) =>
        this.#log.info({ err: error, deviceId: this.#device.deviceId }, 'a message could not be completed'),
      )
      .finally(() => this.#wake())
  }
}
