/** Direct methods over a pair of links (contract/iot-hub 11.10). */
import { type AmqpMessage, amqpUuid, textOf } from '../../protocol/amqp-message.ts'
import type { OutgoingLink } from '../../protocol/amqp-service.ts'
import type { Random } from '../../system.ts'
import type { DeviceSession, MethodAnswer, MethodCall } from '../device/session.ts'
import { HubRefusal } from '../refusal.ts'

export class DeviceMethods {
  readonly #session: DeviceSession
  readonly #random: Random
  readonly #calls = new Map<string, PromiseWithResolvers<MethodAnswer>>()
  #link: OutgoingLink | undefined

  constructor(session: DeviceSession, random: Random) {
    this.#session = session
    this.#random = random
  }

  attachOut(link: OutgoingLink): void {
    this.#link = link
    // it counts as listening once it takes messages
    link.accept({ room: () => this.#session.onMethod((call, signal) => this.#call(link, call, signal)) })
    link.gone.addEventListener('abort', () => this.#left(link), { once: true })
  }

  async take(answers: readonly AmqpMessage[]): Promise<void> {
    for (const { correlationId, applicationProperties, body } of answers) {
      const call = this.#calls.get(textOf(correlationId) ?? '')
      const status = Number(applicationProperties['IoThub-status'] ?? Number.NaN)
      const payload = 'data' in body ? body.data : Buffer.from(String(body.value))
      if (Number.isInteger(status)) call?.resolve({ status, payload })
      else call?.reject(this.#withoutStatus())
    }
  }

  #withoutStatus(): HubRefusal {
    const { deviceId } = this.#session
    return new HubRefusal('BadDeviceResponse', `The device "${deviceId}" answered without "IoThub-status", an int.`)
  }

  #left(link: OutgoingLink): void {
    if (this.#link === link) this.#session.onMethod(undefined)
  }

  #call(link: OutgoingLink, { name, payload }: MethodCall, signal: AbortSignal): Promise<MethodAnswer> {
    if (link.credit === 0)
      throw new HubRefusal(
        'DeviceNotOnline',
        `The device "${this.#session.deviceId}" takes no more calls at this moment.`,
      )
    const id = this.#random.uuid()
    const call = Promise.withResolvers<MethodAnswer>()
    this.#calls.set(id, call)
    signal.addEventListener('abort', () => this.#calls.delete(id), { once: true })
    link.send({
      message: {
        // the C client insists on a uuid
        correlationId: amqpUuid(id),
        applicationProperties: { 'IoThub-methodname': name },
        annotations: {},
        body: { data: Buffer.from(payload) },
      },
    })
    return call.promise.finally(() => this.#calls.delete(id))
  }
}
