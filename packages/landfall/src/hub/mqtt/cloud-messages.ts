/** Cloud-to-device messages over one MQTT connection: QoS 1, and PUBACK is their completion (contract/iot-hub 10.15). */
import type { Log } from '../../observe/log.ts'
import type { MqttSession } from '../../protocol/mqtt-service.ts'
import type { DeviceSession } from '../device/session.ts'
import { writeBag } from './property-bag.ts'
import { cloudMessageTopic } from './topics.ts'

/** Sent and not acknowledged yet; the others wait in the store. */
const mostUnacknowledged = 16

export class CloudMessages {
  readonly #session: MqttSession
  readonly #device: DeviceSession
  readonly #log: Log
  #qos: 0 | 1 | undefined
  #unacknowledged = 0
  #isFetching = false
  #wasWoken = false

  constructor(session: MqttSession, device: DeviceSession, log: Log) {
    this.#session = session
    this.#device = device
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
        this.#send(
          delivery.lockToken,
          cloudMessageTopic(this.#device.deviceId, writeBag(delivery.message)),
          delivery.message.body,
        )
      }
    }
  }

  #send(lockToken: string, topic: string, body: Uint8Array): void {
    // asked for at QoS 0, it is the device's wish that nobody waits for it
    if (this.#qos === 1) {
      this.#unacknowledged += 1
      this.#session.publish(topic, body, 1, () => {
        this.#unacknowledged -= 1
        this.#complete(lockToken)
      })
    } else {
      this.#session.publish(topic, body, 0)
      this.#complete(lockToken)
    }
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
