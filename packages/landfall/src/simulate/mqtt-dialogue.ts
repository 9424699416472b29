/** A device's side of MQTT: connect, subscribe, then one publish and one reply at a time (contract/device-api 5). */
import type { IPublishPacket } from 'mqtt-packet'
import { MqttConnection } from './mqtt-connection.ts'
import type { MqttTransport } from './open-stream.ts'
import {
  apiVersion,
  type Device,
  type Dialogue,
  type Endpoint,
  type Means,
  registrationToken,
  type WireReply,
  wireReply,
} from './wire.ts'

export class MqttDialogue implements Dialogue {
  readonly #connection: MqttConnection
  readonly #registrationId: string
  #lastRid = 0

  private constructor(connection: MqttConnection, registrationId: string) {
    this.#connection = connection
    this.#registrationId = registrationId
  }

  static async open(device: Device, endpoint: Endpoint, transport: MqttTransport, means: Means): Promise<MqttDialogue> {
    const { idScope } = endpoint
    const { registrationId } = device
    const userName = `${idScope}/registrations/${registrationId}/api-version=${apiVersion}&ClientVersion=landfall-quickstart`
    const password = registrationToken(device, idScope, means)
    const onMessage = (message: IPublishPacket, on: MqttConnection) => on.answered('reply', readReply(message))
    const order = { reach: endpoint, transport, device, clientId: registrationId, userName, password, onMessage }
    const connection = await MqttConnection.open(order, means)
    await connection.subscribe(['$dps/registrations/res/#'])
    return new MqttDialogue(connection, registrationId)
  }

  register(): Promise<WireReply> {
    return this.#ask(
      '$dps/registrations/PUT/iotdps-register/?',
      JSON.stringify({ registrationId: this.#registrationId }),
    )
  }

  poll(operationId: string): Promise<WireReply> {
    return this.#ask(`$dps/registrations/GET/iotdps-get-operationstatus/?operationId=${operationId}&`, ' ')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close()
  }

  async #ask(topic: string, payload: string): Promise<WireReply> {
    this.#lastRid += 1
    const reply = this.#connection.answerTo<WireReply>('reply')
    const [answer] = await Promise.all([reply, this.#connection.publish(`${topic}$rid=${this.#lastRid}`, payload)])
    return answer
  }
}

// contract/device-api 5.5: $dps/registrations/res/{status}/?$rid={rid}&retry-after={seconds}
function readReply({ topic, payload }: IPublishPacket): WireReply {
  const [, status = '0', query = ''] = /^\$dps\/registrations\/res\/(\d+)\/\?(.*)$/.exec(topic) ?? []
  const retryAfter = /(?:^|&)retry-after=(\d+)/.exec(query)?.[1]
  return wireReply(Number(status), retryAfter, payload.toString())
}
