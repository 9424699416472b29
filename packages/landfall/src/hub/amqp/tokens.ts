/** What one AMQP connection has shown of itself: tokens by put-token or SASL PLAIN, each good for its own resource. */
import { sentenceOf } from '../../fault.ts'
import { type AmqpPeer, AmqpRefusal } from '../../protocol/amqp-service.ts'
import { authorize } from '../../sas/authorize.ts'
import type { HubRight } from '../../sas/policy.ts'
import { readToken } from '../../sas/token.ts'
import { machineNow } from '../../system.ts'
import { type AddressedHub, hubOf } from '../addressed.ts'
import { HubRefusal } from '../refusal.ts'
import { type DeviceName, deviceOfToken, keyOf } from './device-tokens.ts'
import { inAmqpWords } from './errors.ts'
import type { HubAmqpParts } from './parts.ts'
import { tokenOfPlain } from './plain.ts'

export interface Need {
  readonly right: HubRight
  /** "/messages/devicebound"; a token for it or for anything above it will do. */
  readonly path: string
}

/** Resources of one connection: hundreds of devices may share one (contract/iot-hub 11.14). */
const mostTokens = 1024

export class Tokens {
  readonly #parts: HubAmqpParts
  readonly #peer: AmqpPeer
  /** By resource: a newer one takes the place of the older. */
  readonly #texts = new Map<string, string>()

  constructor(parts: HubAmqpParts, peer: AmqpPeer) {
    this.#parts = parts
    this.#peer = peer
    const { credentials, host } = peer
    if (credentials) this.#keepFirst(tokenOfPlain(credentials, host, machineNow(parts.clock)))
  }

  hub(): Promise<AddressedHub> {
    return hubOf(this.#parts, this.#peer.host)
  }

  /** Keeps a back end's token. Throws a HubRefusal where it is not good for anything here. */
  async put(text: string): Promise<void> {
    await refuseBadToken(this.#parts, await this.hub(), text)
    this.#keep(text)
  }

  /** The hub, where one of the tokens allows it there. Throws an AmqpRefusal. */
  async require({ right, path }: Need): Promise<AddressedHub> {
    const hub = await inAmqpWords(this.hub())
    const at = machineNow(this.#parts.clock)
    let why = 'Put a SAS token of a shared access policy to $cbs first.'
    for (const authorization of this.#texts.values()) {
      const access = authorize({ authorization, hosts: hub.names, path, right, at }, hub.setting.policies)
      if ('policy' in access) return hub
      why = sentenceOf(access.fault.reason, access.fault.facts)
    }
    throw new AmqpRefusal('amqp:unauthorized-access', why)
  }

  keepFor(device: DeviceName, text: string): void {
    this.#set(keyOf(device), text)
  }

  /** The device's own, else one of a policy for all of them, which the hub judges when the device knocks. */
  tokenFor(device: DeviceName): string | undefined {
    return this.#texts.get(keyOf(device)) ?? [...this.#texts].find(([resource]) => isOfAllDevices(resource))?.[1]
  }

  #keepFirst(text: string): void {
    const device = deviceOfToken(text)
    if (device) this.keepFor(device, text)
    else this.#keep(text)
  }

  #keep(text: string): void {
    const reading = readToken(text)
    if ('malformed' in reading) return
    this.#set(reading.token.resource.toLowerCase(), text)
  }

  #set(resource: string, text: string): void {
    if (!this.#texts.has(resource) && this.#texts.size >= mostTokens)
      throw new HubRefusal('ThrottlingException', `A connection has ${mostTokens} tokens at most.`)
    this.#texts.set(resource, text)
  }
}

/** Form, resource, expiry, signature; what it allows is asked when it is used. */
export async function refuseBadToken(
  { clock }: Pick<HubAmqpParts, 'clock'>,
  { names, setting }: AddressedHub,
  text: string,
): Promise<void> {
  const reading = readToken(text)
  const path = 'token' in reading ? pathOf(reading.token.resource) : '/'
  const at = machineNow(clock)
  const access = authorize({ authorization: text, hosts: names, path, at }, setting.policies)
  if ('fault' in access) throw new HubRefusal('IotHubUnauthorized', sentenceOf(access.fault.reason, access.fault.facts))
}

const isOfAllDevices = (resource: string) => !resource.startsWith('[') && /^\/(devices\/*)?$/.test(pathOf(resource))

const pathOf = (resource: string) => resource.replace(/^[a-z]+:\/\//i, '').replace(/^[^/]*\/*/, '/')
