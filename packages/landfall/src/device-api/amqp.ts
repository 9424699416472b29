/**
 * The device API over AMQP 1.0, on its own port and over WebSocket (contract/device-api-amqp-tpm). A device proves itself
 * in SASL, PLAIN or TPM, or by its certificate once a link names it; then it sends a message and hears the answer on
 * another link.
 */
import { ProvisioningError } from '../fault.ts'
import type { AmqpMessage } from '../protocol/amqp-message.ts'
import { type AmqpAnswer, makeRequestNode, type RequestNode } from '../protocol/amqp-requests.ts'
import type { SaslCredentials } from '../protocol/amqp-sasl.ts'
import {
  type AmqpHandler,
  type AmqpLink,
  type AmqpPeer,
  AmqpRefusal,
  type AmqpService,
  type AmqpTpm,
} from '../protocol/amqp-service.ts'
import type { Answer, DeviceRequest } from '../registration/request.ts'
import { type DeviceAddress, isSameDevice, parseDeviceAddress } from './amqp-address.ts'
import { amqpRefusalOf, answerOf, readQuestion } from './amqp-messages.ts'
import { checkVersion } from './api-version.ts'
import { deviceRequestOf } from './device-request.ts'
import { renderAnswer, renderRegistration, statusOfAnswer, toAscii } from './messages.ts'
import { credentialsMissing, logAnswer, logRefusal, refusalBody, renderingOf, unchallenged } from './outcome.ts'
import type { DeviceApiParts } from './parts.ts'
import { reading } from './unread.ts'

export function deviceAmqp(parts: DeviceApiParts): AmqpService {
  return {
    // SASL has no room for words: the log and `landfall explain` tell why (contract/device-api-amqp-tpm 3.5)
    async knows({ userName, password }, peer) {
      const device = parseDeviceAddress(userName)
      if (device === undefined) return false
      return (await prove(parts, requestOf(parts, peer, device, { password }))) === undefined
    },
    tpm: tpmProof(parts),
    connect: (peer) => new DeviceConnection(parts, peer),
  }
}

/** contract/device-api-amqp-tpm 3.4 */
function tpmProof(parts: DeviceApiParts): AmqpTpm {
  return {
    async challenge(tpm, peer) {
      const request = requestOf(parts, peer, tpm, { tpm })
      try {
        const challenge = await parts.device.prove(request)
        if (challenge === undefined) return
        const { refusal, authenticationKey } = challenge
        if (refusal) refuse(parts, request, refusal)
        else logAnswer(parts, request, challenge)
        return { blob: Buffer.from(authenticationKey, 'base64'), isInVain: refusal !== undefined }
      } catch (error) {
        refuse(parts, request, error)
        return
      }
    },
    async knows(tpm, password, peer) {
      return (await prove(parts, requestOf(parts, peer, tpm, { password, tpm }))) === undefined
    },
  }
}

/** What it is refused with, undefined where it is who it says. */
async function prove(parts: DeviceApiParts, request: DeviceRequest): Promise<AmqpRefusal | undefined> {
  try {
    const challenge = await parts.device.prove(request)
    if (challenge) throw challenge.refusal ?? credentialsMissing(request)
    return
  } catch (error) {
    return refuse(parts, request, error)
  }
}

function refuse(parts: DeviceApiParts, request: DeviceRequest, error: unknown): AmqpRefusal {
  const refusal = logRefusal(parts, request, error)
  return amqpRefusalOf(refusal, toAscii(refusalBody(parts, request, refusal)))
}

function requestOf(
  parts: DeviceApiParts,
  peer: AmqpPeer,
  { idScope, registrationId }: DeviceAddress,
  { password, tpm }: Partial<Pick<SaslCredentials, 'password' | 'tpm'>>,
  apiVersion?: string,
): DeviceRequest {
  const keys = tpm && {
    endorsementKey: tpm.endorsementKey.toString('base64'),
    storageRootKey: tpm.storageRootKey.toString('base64'),
  }
  return deviceRequestOf(parts, peer, { idScope, registrationId, apiVersion, sasToken: password, tpm: keys })
}

/** One connection is one device. */
class DeviceConnection implements AmqpHandler {
  readonly #parts: DeviceApiParts
  readonly #peer: AmqpPeer
  #device: Promise<Admitted | AmqpRefusal> | undefined

  constructor(parts: DeviceApiParts, peer: AmqpPeer) {
    this.#parts = parts
    this.#peer = peer
  }

  async attach(link: AmqpLink): Promise<boolean> {
    const address = parseDeviceAddress(link.address)
    if (address === undefined) return false
    const isFirst = this.#device === undefined
    this.#device ??= this.#admit(address, link)
    const device = await this.#device
    if (device instanceof AmqpRefusal) this.#sendAway(device, link, isFirst)
    else if (isSameDevice(device.address, address)) device.node.attach(link)
    else link.close(this.#refuseOther(address))
    return true
  }

  /**
   * On the link: until one is answered, Java's client looks at nothing else, for a minute. Node's hears of it or of the
   * connection, but not of both at once; it attaches no second one, as Java's has done by now.
   */
  #sendAway(refusal: AmqpRefusal, link: AmqpLink, isFirst: boolean): void {
    if (isFirst) link.close(toldOf(refusal))
    else this.#peer.close(toldOf(refusal))
  }

  /** Who was let in by SASL has proved itself; others do so now. */
  async #admit(address: DeviceAddress, { properties }: AmqpLink): Promise<Admitted | AmqpRefusal> {
    const { credentials } = this.#peer
    const isKnown = credentials !== undefined && isSameDevice(parseDeviceAddress(credentials.userName), address)
    const refusal = isKnown ? undefined : await prove(this.#parts, this.#requestOf(address))
    if (refusal) return refusal
    const version = properties['com.microsoft:api-version']
    const apiVersion = typeof version === 'string' && version !== '' ? version : undefined
    const answer = (message: AmqpMessage) => this.#answer(this.#requestOf(address, apiVersion), message)
    return { address, node: makeRequestNode(answer, ({ correlationId }) => correlationId) }
  }

  #requestOf(address: DeviceAddress, apiVersion?: string): DeviceRequest {
    return requestOf(this.#parts, this.#peer, address, this.#peer.credentials ?? {}, apiVersion)
  }

  #refuseOther(address: DeviceAddress) {
    const id = address.registrationId
    const fault = new ProvisioningError('one_device_a_connection', { id })
    const request = this.#requestOf(address)
    this.#parts.device.noteUnread(request, fault)
    return toldOf(refuse(this.#parts, request, fault))
  }

  async #answer(request: DeviceRequest, message: AmqpMessage): Promise<AmqpAnswer> {
    try {
      return await this.#ask(request, message)
    } catch (error) {
      throw refuse(this.#parts, request, error)
    }
  }

  async #ask(request: DeviceRequest, message: AmqpMessage): Promise<AmqpAnswer> {
    const { device } = this.#parts
    const question = reading(this.#parts, request, () => {
      checkVersion(this.#parts, request)
      return readQuestion(message)
    })
    if (question.kind === 'query')
      return this.#told(request, await device.operationStatus({ ...request, operationId: question.operationId }))
    if (question.kind === 'lookUp') {
      const registration = await device.lookUp(request)
      return answerOf(200, toAscii(renderRegistration(registration, renderingOf(this.#parts, request))))
    }
    // the keys of a TPM come from SASL; what the body says of them is no news (contract/device-api-amqp-tpm 6.1)
    const { bodyRegistrationId, payload } = question
    const answer = await device.register({ ...request, bodyRegistrationId, payload })
    return this.#told(request, unchallenged(answer, request))
  }

  #told(request: DeviceRequest, answer: Answer): AmqpAnswer {
    logAnswer(this.#parts, request, answer)
    const retryAfter = answer.kind === 'assigning' ? answer.retryAfterSeconds : undefined
    return answerOf(
      statusOfAnswer(answer),
      toAscii(renderAnswer(answer, renderingOf(this.#parts, request))),
      retryAfter,
    )
  }
}

interface Admitted {
  readonly address: DeviceAddress
  readonly node: RequestNode
}

const toldOf = ({ condition, message: description, info }: AmqpRefusal) => ({ condition, description, info })
