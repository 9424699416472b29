/**
 * The device API over MQTT, on its own port and over WebSocket (contract/device-api 5). CONNECT refuses what can be
 * told without the enrollment; everything else is answered on the register topic, where there is room for words.
 */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type {
  Granted,
  MqttConnect,
  MqttHandler,
  MqttMessage,
  MqttService,
  MqttSession,
  MqttSubscription,
  RefusedConnect,
} from '../protocol/mqtt-service.ts'
import type { Answer, DeviceRequest } from '../registration/request.ts'
import { checkVersion } from './api-version.ts'
import { deviceRequestOf } from './device-request.ts'
import { readRegister, renderAnswer, statusOfAnswer, toAscii } from './messages.ts'
import { logAnswer, logRefusal, refusalBody, renderingOf, retryAfterOf, unchallenged } from './outcome.ts'
import type { DeviceApiParts } from './parts.ts'
import {
  type DeviceTopic,
  type DeviceUserName,
  parseDeviceTopic,
  parseUserName,
  responseFilter,
  responseTopic,
} from './topics.ts'
import { reading, unread } from './unread.ts'

/** contract/device-api 8.3: Java publishes at QoS 0 before it waits, and loses an answer that comes at once. */
const qos0PauseMs = 30
/** Answers kept for a subscription that is still to come; the oldest go first. */
const mostWaiting = 16

interface Reply {
  readonly topic: string
  readonly payload: string
}

export function deviceMqtt(parts: DeviceApiParts): MqttService {
  return {
    matches: ({ userName }) => userName !== undefined && parseUserName(userName) !== undefined,
    async connect(connect, session) {
      const user = parseUserName(connect.userName ?? '')
      if (user === undefined) return 4
      const request = requestOf(parts, connect, user, session)
      const refused = refuseClientId(parts, connect.clientId, request) ?? (await precheck(parts, request))
      return refused ?? new DeviceSession(parts, connect, user, session)
    },
  }
}

// contract/device-api 5.2, open question 3: the cloud was seen to answer 5
function refuseClientId(parts: DeviceApiParts, clientId: string, request: DeviceRequest): RefusedConnect | undefined {
  const { registrationId } = request
  if (clientId.toLowerCase() === registrationId.toLowerCase()) return
  const facts = { clientId: printable(clientId), id: printable(registrationId) }
  logRefusal(parts, request, unread(parts, request, new ProvisioningError('client_id_differs', facts)))
  return clientId === '' ? 2 : 5
}

async function precheck(parts: DeviceApiParts, request: DeviceRequest): Promise<RefusedConnect | undefined> {
  try {
    await parts.device.precheck(request)
    return
  } catch (error) {
    return logRefusal(parts, request, error).status >= 500 ? 3 : 5
  }
}

function requestOf(
  parts: DeviceApiParts,
  { password }: MqttConnect,
  { idScope, registrationId, apiVersion }: DeviceUserName,
  session: MqttSession,
): DeviceRequest {
  return deviceRequestOf(parts, session, { idScope, registrationId, apiVersion, sasToken: password || undefined })
}

class DeviceSession implements MqttHandler {
  readonly #parts: DeviceApiParts
  readonly #connect: MqttConnect
  readonly #user: DeviceUserName
  readonly #session: MqttSession
  #granted: 0 | 1 | undefined
  #waiting: Reply[] = []

  constructor(parts: DeviceApiParts, connect: MqttConnect, user: DeviceUserName, session: MqttSession) {
    this.#parts = parts
    this.#connect = connect
    this.#user = user
    this.#session = session
  }

  subscribe(subscriptions: readonly MqttSubscription[], grant: (codes: readonly Granted[]) => void) {
    grant(subscriptions.map(grantedTo))
    for (const subscription of subscriptions) {
      const code = grantedTo(subscription)
      if (code !== 128) this.#granted = code
    }
    if (this.#granted === undefined) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const reply of waiting) this.#reply(reply)
  }

  unsubscribe(filters: readonly string[]): void {
    if (filters.includes(responseFilter)) this.#granted = undefined
  }

  async publish(message: MqttMessage, acknowledge: () => void): Promise<void> {
    const topic = parseDeviceTopic(message.topic)
    if (topic === undefined) return this.#session.close('a topic that does not exist')
    acknowledge()
    const { rid } = topic
    if (rid === undefined) return
    const pause = message.qos === 0 ? this.#parts.timers.sleep(qos0PauseMs) : undefined
    const reply = await this.#answer(topic, rid, message.payload)
    await pause
    this.#reply(reply)
  }

  async #answer(topic: DeviceTopic, rid: string, payload: Uint8Array): Promise<Reply> {
    const request = requestOf(this.#parts, this.#connect, this.#user, this.#session)
    try {
      const answer = await this.#ask(topic, request, payload)
      logAnswer(this.#parts, request, answer)
      return this.#replyOf(answer, rid, request)
    } catch (error) {
      return this.#refusalOf(logRefusal(this.#parts, request, error), rid, request)
    }
  }

  /** What stands in a query's body is no news: one client repeats its register message there (contract/device-api 5.4). */
  async #ask(topic: DeviceTopic, request: DeviceRequest, payload: Uint8Array): Promise<Answer> {
    const { device } = this.#parts
    if (topic.kind === 'query') {
      reading(this.#parts, request, () => checkVersion(this.#parts, request))
      return device.operationStatus({ ...request, operationId: topic.operationId })
    }
    const { tpm, ...body } = reading(this.#parts, request, () => {
      checkVersion(this.#parts, request)
      return readRegister(payload)
    })
    const answer = await device.register({ ...request, ...body, evidence: { ...request.evidence, tpm } })
    return unchallenged(answer, request)
  }

  #replyOf(answer: Answer, rid: string, request: DeviceRequest): Reply {
    const retryAfter = answer.kind === 'assigning' ? answer.retryAfterSeconds : undefined
    return {
      topic: responseTopic(statusOfAnswer(answer), rid, retryAfter),
      payload: toAscii(renderAnswer(answer, renderingOf(this.#parts, request))),
    }
  }

  /** Always with a JSON object: Node's client reads it before it looks at the status (contract/device-api 0.7). */
  #refusalOf(refusal: ProvisioningError, rid: string, request: DeviceRequest): Reply {
    return {
      topic: responseTopic(refusal.status, rid, retryAfterOf(refusal)),
      payload: toAscii(refusalBody(this.#parts, request, refusal)),
    }
  }

  /** To subscribers only; kept for a subscription that is on its way (contract/device-api 5.3). */
  #reply(reply: Reply) {
    if (this.#granted !== undefined) return this.#session.publish(reply.topic, reply.payload, this.#granted)
    this.#waiting.push(reply)
    if (this.#waiting.length > mostWaiting) this.#waiting.shift()
  }
}

/** contract/device-api 5.3 */
function grantedTo({ filter, qos }: MqttSubscription): Granted {
  if (filter !== responseFilter) return 128
  return qos === 0 ? 0 : 1
}
