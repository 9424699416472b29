/** The embedded hubs over AMQP 1.0: which link is for what (contract/iot-hub 15, 16). */

import type { PlainCredentials } from '../../protocol/amqp-sasl.ts'
import {
  type AmqpHandler,
  type AmqpLink,
  type AmqpPeer,
  AmqpRefusal,
  type AmqpService,
  type OutgoingLink,
} from '../../protocol/amqp-service.ts'
import { machineNow } from '../../system.ts'
import { hubOf } from '../addressed.ts'
import { entityOf } from '../event-hub-name.ts'
import { HubRefusal } from '../refusal.ts'
import { makeCbs } from './cbs.ts'
import { attachCloudMessages, cloudMessagesNeed } from './cloud-messages.ts'
import { DeviceLinks } from './device-links.ts'
import { deviceOfToken, knockOf } from './device-tokens.ts'
import { inAmqpWords } from './errors.ts'
import { entityOfProducer, isEntity, readOnly, readReaderAddress } from './event-hub.ts'
import { attachFeedback, feedbackNeed } from './feedback.ts'
import { makeManagement } from './management.ts'
import type { HubAmqpParts } from './parts.ts'
import { tokenOfPlain } from './plain.ts'
import { attachReader, readerNeed } from './reader.ts'
import { Readers } from './readers.ts'
import { type Need, refuseBadToken, Tokens } from './tokens.ts'
import { watchRights } from './watch-rights.ts'

export function hubAmqp(parts: HubAmqpParts): AmqpService {
  const readers = new Readers()
  return {
    async knows(credentials, peer) {
      // {id scope}/registrations/{id} is a device that registers
      if (credentials.userName.includes('/')) return false
      try {
        await refuseBadCredentials(parts, credentials, peer)
        return true
      } catch (error) {
        if (error instanceof HubRefusal) return false
        throw error
      }
    },
    connect: (peer) => new HubConnection(parts, readers, peer),
  }
}

/**
 * contract/iot-hub 2.9: {policy}@sas.root.{hub}, as az sends, or {device id}@sas.{hub}, and the token as password; or
 * {policy} and its key.
 */
async function refuseBadCredentials(parts: HubAmqpParts, credentials: PlainCredentials, peer: AmqpPeer): Promise<void> {
  const [, deviceId] = /^(.+)@sas\.(?!root\.)/.exec(credentials.userName) ?? []
  if (deviceId === undefined) {
    const hub = await hubOf(parts, peer.host)
    return refuseBadToken(parts, hub, tokenOfPlain(credentials, hub.setting.name, machineNow(parts.clock)))
  }
  const sasToken = credentials.password
  await parts.devices.admit(knockOf(peer, parts.random, { deviceId }, { sasToken }))
}

class HubConnection implements AmqpHandler {
  readonly #parts: HubAmqpParts
  readonly #readers: Readers
  readonly #peer: AmqpPeer
  readonly #tokens: Tokens
  readonly #cbs
  readonly #management
  readonly #devices: DeviceLinks
  readonly #gone = new AbortController()
  readonly #rights

  constructor(parts: HubAmqpParts, readers: Readers, peer: AmqpPeer) {
    this.#parts = parts
    this.#readers = readers
    this.#peer = peer
    this.#tokens = new Tokens(parts, peer)
    this.#devices = new DeviceLinks(parts, peer, this.#tokens)
    this.#cbs = makeCbs((token) => this.#put(token))
    this.#management = makeManagement(parts, this.#tokens)
    this.#rights = watchRights(parts.timers, this.#tokens, this.#gone.signal)
  }

  closed(): void {
    this.#gone.abort('the connection is gone')
    this.#devices.closed()
  }

  async attach(link: AmqpLink): Promise<boolean> {
    const address = link.address.toLowerCase()
    if (address === '$cbs') this.#cbs.attach(link)
    else if (address === '$management') this.#management.attach(link)
    else if (link.direction === 'incoming' && address === 'messages/devicebound')
      await this.#take(link, cloudMessagesNeed, attachCloudMessages(this.#parts, this.#tokens, link))
    else if (link.direction === 'outgoing' && address === 'messages/servicebound/feedback')
      await this.#take(link, feedbackNeed, attachFeedback(this.#parts, this.#tokens, link))
    else if (address === 'messages/servicebound/filenotifications')
      throw new AmqpRefusal('amqp:not-implemented', 'File notifications are not served: there is no file upload here.')
    else if (address === 'messages/events/$management') throw await this.#elsewhere()
    else if (await this.#devices.attach(link)) return true
    else return link.direction === 'outgoing' ? this.#attachReader(link) : this.#refuseProducer(link.address)
    return true
  }

  #put(token: string): Promise<void> {
    const device = deviceOfToken(token)
    return device ? this.#devices.put(device, token) : this.#devices.putForAll(token)
  }

  async #attachReader(link: OutgoingLink): Promise<boolean> {
    const address = readReaderAddress(link.address)
    if (address === undefined) return false
    const rooms = { tokens: this.#tokens, readers: this.#readers }
    await this.#take(link, readerNeed(address), attachReader(this.#parts, rooms, link, address))
    return true
  }

  async #refuseProducer(address: string): Promise<false> {
    const entity = entityOfProducer(address)
    if (isEntity(entity, await inAmqpWords(this.#tokens.hub()))) throw readOnly(entity)
    return false
  }

  async #take(link: AmqpLink, need: Need, attached: Promise<void>): Promise<void> {
    await attached
    this.#rights.watch(link, need)
  }

  /** contract/iot-hub 16.10: whoever has the hub's own connection string is told where its telemetry is read: here. */
  async #elsewhere(): Promise<AmqpRefusal> {
    const { setting } = await this.#tokens.require({ right: 'ServiceConnect', path: '/messages/events' })
    const { name } = setting
    const port = this.#peer.localPort
    return new AmqpRefusal('amqp:link:redirect', 'Read the telemetry at the address in the info.', {
      hostname: name,
      'network-host': name,
      port,
      address: `amqps://${name}:${port}/${entityOf(name)}/`,
    })
  }
}
