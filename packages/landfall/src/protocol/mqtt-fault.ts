/** What a client sent is no MQTT 3.1.1, or more than it may send; there is no answer but closing. */
export class MqttFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MqttFault'
  }
}
