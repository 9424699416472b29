/** The devices of one AMQP connection: often one, hundreds where C# and Java pool them (contract/iot-hub 11). */
import type { AmqpMessage } from '../../protocol/amqp-message.ts'
import { type AmqpLink, type AmqpPeer, AmqpRefusal } from '../../protocol/amqp-service.ts'
import type { DeviceSession } from '../device/session.ts'
import { HubRefusal } from '../refusal.ts'
import { DeviceMail } from './device-mail.ts'
import { DeviceMethods } from './device-methods.ts'
import { type DeviceAddress, type DeviceName, keyOf, knockOf, readDeviceAddress } from './device-tokens.ts'
import { DeviceTwin } from './device-twin.ts'
import { amqpRefusalOf, inAmqpWords } from './errors.ts'
import { deviceMessageOf } from './messages.ts'
import type { HubAmqpParts } from './parts.ts'
import type { Tokens } from './tokens.ts'

/** contract/iot-hub 14.5 */
const credit = 100

/** One device that is here, for as long as it has links. */
interface Present {
  /** With that of a certificate alone, no token has to be renewed. */
  readonly cameByToken: boolean
  readonly session: DeviceSession
  readonly mail: DeviceMail
  readonly methods: DeviceMethods
  readonly twin: DeviceTwin
}

interface Coming {
  readonly name: DeviceName
  readonly present: Promise<Present>
  readonly links: Set<AmqpLink>
}

export class DeviceLinks {
  readonly #parts: HubAmqpParts
  readonly #peer: AmqpPeer
  readonly #tokens: Tokens
  readonly #devices = new Map<string, Coming>()

  constructor(parts: HubAmqpParts, peer: AmqpPeer, tokens: Tokens) {
    this.#parts = parts
    this.#peer = peer
    this.#tokens = tokens
  }

  /** Throws a HubRefusal where the token does not let the device in. A session that is there goes on with it. */
  async put(name: DeviceName, sasToken: string): Promise<void> {
    const there = await this.#whoCame(this.#devices.get(keyOf(name)))
    const admission = await this.#admit(name, sasToken)
    this.#tokens.keepFor(name, sasToken)
    there?.session.renew(admission)
  }

  /** A policy's token: the devices that came in by an older one go on with it (contract/iot-hub 2.5, 11.14). */
  async putForAll(sasToken: string): Promise<void> {
    await this.#tokens.put(sasToken)
    for (const coming of [...this.#devices.values()]) {
      if (this.#tokens.tokenFor(coming.name) !== sasToken) continue
      const there = await this.#whoCame(coming)
      if (there?.cameByToken) await this.#renew(coming.name, there, sasToken)
    }
  }

  /** Undefined: nobody, or somebody who is refused. */
  #whoCame(coming: Coming | undefined): Promise<Present | undefined> {
    return coming?.present.catch(() => undefined) ?? Promise.resolve(undefined)
  }

  /** Where a policy may not connect devices, what its device has lasts as long as it would have. */
  async #renew(name: DeviceName, { session }: Present, sasToken: string): Promise<void> {
    try {
      session.renew(await this.#admit(name, sasToken))
    } catch (error) {
      if (!(error instanceof HubRefusal)) throw error
    }
  }

  #admit(name: DeviceName, sasToken: string) {
    return this.#parts.devices.admit(knockOf(this.#peer, this.#parts.random, name, { sasToken }))
  }

  /** False: the address is not a device's. */
  async attach(link: AmqpLink): Promise<boolean> {
    const address = readDeviceAddress(link.address)
    if (address === undefined) return false
    const coming = this.#arrive(address, link)
    try {
      take(link, address, await inAmqpWords(coming.present))
    } catch (error) {
      this.#leave(address, coming, link)
      throw error
    }
    return true
  }

  closed(): void {
    for (const { present } of this.#devices.values())
      void present.then(
        ({ session }) => session.close(),
        () => {},
      )
    this.#devices.clear()
  }

  #arrive(name: DeviceName, link: AmqpLink): Coming {
    const key = keyOf(name)
    const there = this.#devices.get(key)
    const coming = there ?? { name, present: this.#open(name, link), links: new Set() }
    this.#devices.set(key, coming)
    coming.links.add(link)
    link.gone.addEventListener('abort', () => this.#leave(name, coming, link), { once: true })
    return coming
  }

  #leave(name: DeviceName, coming: Coming, link: AmqpLink): void {
    coming.links.delete(link)
    if (coming.links.size > 0) return
    if (this.#devices.get(keyOf(name)) === coming) this.#devices.delete(keyOf(name))
    void coming.present.then(
      ({ session }) => session.close(),
      () => {},
    )
  }

  async #open(name: DeviceName, { properties }: AmqpLink): Promise<Present> {
    const { devices, random, log } = this.#parts
    const modelId = properties['com.microsoft:model-id']
    const sasToken = this.#tokens.tokenFor(name)
    const more = { sasToken, ...(typeof modelId === 'string' && { modelId }) }
    const cut = (why: HubRefusal) => this.#cut(name, why)
    const session = await devices.connect(knockOf(this.#peer, random, name, more), { cut })
    return {
      cameByToken: sasToken !== undefined,
      session,
      mail: new DeviceMail(session, log),
      methods: new DeviceMethods(session, random),
      twin: new DeviceTwin(session, this.#parts),
    }
  }

  /**
   * The hub ends it; other devices of the connection stay. The connection stays too: Node's client gets lost when it is
   * closed while it takes leave of its links, and closes it itself.
   */
  #cut(name: DeviceName, why: HubRefusal): void {
    const coming = this.#devices.get(keyOf(name))
    this.#devices.delete(keyOf(name))
    const { condition } = amqpRefusalOf(why) as AmqpRefusal
    for (const link of [...(coming?.links ?? [])]) link.close({ condition, description: why.message })
  }
}

function take(link: AmqpLink, address: DeviceAddress, { session, mail, methods, twin }: Present): void {
  const { node, deviceId, moduleId } = address
  if (link.direction === 'incoming' && node === 'messages/events') {
    const send = (messages: readonly AmqpMessage[]) => inAmqpWords(session.sendTelemetry(messages.map(deviceMessageOf)))
    link.accept({ credit, take: send })
  } else if (link.direction === 'outgoing' && node === 'messages/events' && moduleId !== undefined)
    // inputs of a module: without an edge hub nothing comes there (contract/iot-hub 10.18, 11.5)
    link.accept({ room: () => {} })
  else if (link.direction === 'outgoing' && node === 'messages/devicebound') mail.attachOut(link)
  else if (node === 'methods/devicebound') {
    if (link.direction === 'outgoing') methods.attachOut(link)
    else link.accept({ credit, take: (messages) => methods.take(messages) })
  } else if (node === 'twin') {
    if (link.direction === 'outgoing') twin.attachOut(link)
    // azure-iot-sdk-java tells of an accepted request only until it has the answer
    else link.accept({ credit, take: (messages) => twin.take(messages), acceptsFirst: true })
  } else
    throw new AmqpRefusal('amqp:not-found', `The device "${deviceId}" has no "${node.slice(0, 60)}" in that direction.`)
}
