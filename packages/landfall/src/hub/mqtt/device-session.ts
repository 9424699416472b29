/** One device's MQTT connection: what it publishes and subscribes to, as calls of the hub and back. */
import { makeTrackingId } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Granted, MqttHandler, MqttMessage, MqttSession, MqttSubscription } from '../../protocol/mqtt-service.ts'
import type { DeviceMessage } from '../device/message.ts'
import type { DeviceSession } from '../device/session.ts'
import { HubRefusal, invalid } from '../refusal.ts'
import { CloudMessages } from './cloud-messages.ts'
import type { HubMqttParts } from './device-mqtt.ts'
import type { LastingSession, Subscriptions } from './kept-sessions.ts'
import { MethodCalls } from './method-calls.ts'
import { readBag } from './property-bag.ts'
import { type DeviceTopic, desiredTopic, type FilterKind, readFilter, readTopic, twinAnswerTopic } from './topics.ts'

export interface MqttDeviceOrder {
  readonly will: MqttMessage | undefined
  readonly session: MqttSession
  readonly idleMs: number
  readonly device: DeviceSession
  readonly lasting: LastingSession
  /** It is of an earlier connection. */
  readonly isKept: boolean
  readonly cutFor: () => HubRefusal | undefined
}

/** A device that floods is written as fast as the disk goes with so many at once, and keeps nobody else waiting. */
const mostInFlight = 32

export class MqttDevice implements MqttHandler {
  readonly sessionPresent: boolean
  readonly idleMs: number
  readonly mostInFlight = mostInFlight
  readonly #parts: HubMqttParts
  readonly #order: MqttDeviceOrder
  readonly #methods: MethodCalls
  readonly #cloudMessages: CloudMessages

  constructor(parts: HubMqttParts, order: MqttDeviceOrder) {
    const { idleMs, isKept, session, device, lasting } = order
    this.#parts = parts
    this.#order = order
    this.sessionPresent = isKept
    this.idleMs = idleMs
    this.#methods = new MethodCalls(session)
    this.#cloudMessages = new CloudMessages({ session, device, unacknowledged: lasting.unacknowledged, log: parts.log })
  }

  opened(): void {
    for (const [kind, qos] of this.#order.lasting.subscriptions) this.#begin(kind, qos)
  }

  heard(): void {
    this.#order.device.alive()
  }

  subscribe(subscriptions: readonly MqttSubscription[], grant: (codes: readonly Granted[]) => void): void {
    const { device } = this.#order
    const kinds = subscriptions.map(({ filter }) => readFilter(filter, device))
    this.#tellRefused(subscriptions.filter((_, index) => kinds[index] === undefined))
    const granted = subscriptions.map(({ qos }): 0 | 1 => (qos === 0 ? 0 : 1))
    const wanted: Subscriptions = new Map(
      kinds.flatMap((kind, index) => (kind === undefined ? [] : [[kind, granted[index] ?? 0]])),
    )
    const begin = () => {
      grant(granted.map((qos, index) => (kinds[index] === undefined ? 128 : qos)))
      this.#beginAll(wanted)
    }
    if (this.#remember(wanted)) void this.#order.lasting.keep().then(begin)
    else begin()
  }

  /** One line, however many they are: a packet has room for eighty thousand. */
  #tellRefused(refused: readonly MqttSubscription[]): void {
    const [first] = refused
    if (first === undefined) return
    const { device, session } = this.#order
    const facts = { deviceId: device.deviceId, remoteAddress: session.remoteAddress, filters: refused.length }
    const filter = first.filter.slice(0, 200)
    this.#parts.log.info({ ...facts, filter }, 'a device was refused a subscription: a filter that is not its own')
  }

  /** Whether there is anything new about them. */
  #remember(wanted: Subscriptions): boolean {
    const { subscriptions } = this.#order.lasting
    const news = [...wanted].filter(([kind, qos]) => subscriptions.get(kind) !== qos)
    for (const [kind, qos] of news) subscriptions.set(kind, qos)
    return news.length > 0
  }

  /** But for what it took back while it was written. */
  #beginAll(wanted: Subscriptions): void {
    const { subscriptions } = this.#order.lasting
    for (const [kind, qos] of wanted) if (subscriptions.has(kind)) this.#begin(kind, qos)
  }

  unsubscribe(filters: readonly string[]): void {
    const { lasting, device } = this.#order
    const kinds = filters.map((filter) => readFilter(filter, device)).filter((kind) => kind !== undefined)
    const ended = kinds.filter((kind) => lasting.subscriptions.delete(kind))
    for (const kind of ended) this.#end(kind)
    if (ended.length > 0) void lasting.keep()
  }

  #begin(kind: FilterKind, qos: 0 | 1): void {
    const { device, session } = this.#order
    if (kind === 'methods') device.onMethod((call, signal) => this.#methods.ask(call, signal))
    else if (kind === 'desired')
      device.onDesired((patch, version) =>
        session.publish(desiredTopic(version), JSON.stringify({ ...patch, $version: version }), 0),
      )
    else if (kind === 'cloudMessages') this.#cloudMessages.begin(qos)
  }

  #end(kind: FilterKind): void {
    const { device } = this.#order
    if (kind === 'methods') device.onMethod(undefined)
    else if (kind === 'desired') device.onDesired(undefined)
    else if (kind === 'cloudMessages') this.#cloudMessages.end()
  }

  publish(message: MqttMessage, acknowledge: () => void): Promise<void> {
    const topic = readTopic(message.topic, this.#order.device)
    if (message.qos < 2 && topic?.kind === 'telemetry') return this.#takeTelemetry(message, topic.bag, acknowledge)
    return this.#takeOther(message, topic, acknowledge)
  }

  async #takeOther(
    { qos, topic: name, payload }: MqttMessage,
    topic: DeviceTopic | undefined,
    acknowledge: () => void,
  ): Promise<void> {
    // contract/iot-hub 10.9
    if (qos === 2) return this.#order.session.close('a device published with QoS 2')
    if (topic === undefined || topic.kind === 'telemetry') return this.#refuseTopic(name)
    acknowledge()
    if (topic.kind === 'methodAnswer') this.#methods.answered(topic, payload)
    else await this.#answerTwin(topic, payload)
  }

  #refuseTopic(topic: string): void {
    const { session, device } = this.#order
    const facts = { deviceId: device.deviceId, topic: topic.slice(0, 200), remoteAddress: session.remoteAddress }
    this.#parts.log.info(facts, 'a device was cut off: it published to a topic that is not its own')
    session.close('a topic that is not its own')
  }

  /** On disk before it is acknowledged. What the disk refuses is not, and the device sends it again. */
  #takeTelemetry(message: MqttMessage, bag: string, acknowledge: () => void): Promise<void> {
    return this.#order.device
      .sendTelemetry([telemetryOf(message, bag)])
      .then(acknowledge, (error) => this.#refuseTelemetry(error))
  }

  #refuseTelemetry(error: unknown): void {
    this.#order.session.close(error instanceof Error ? error.message : 'a message that cannot be kept')
    if (!(error instanceof HubRefusal) && !isOfStorage(error)) throw error
  }

  async #answerTwin(
    topic: Extract<DeviceTopic, { kind: 'twinGet' | 'twinPatch' }>,
    payload: Uint8Array,
  ): Promise<void> {
    const { device } = this.#order
    try {
      if (topic.kind === 'twinGet')
        this.#answer(twinAnswerTopic(200, topic.rid), JSON.stringify(await device.readTwin()))
      else {
        const version = await device.patchReported(readPatch(payload), topic.seenVersion)
        this.#answer(twinAnswerTopic(204, topic.rid, version), '')
      }
    } catch (error) {
      this.#answerRefusal(asRefusal(error), topic.rid)
      if (!(error instanceof HubRefusal) && !isOfStorage(error)) throw error
    }
  }

  /** Node looks into the body for `errorCode`, Python and C# at the status (contract/iot-hub 10.12). */
  #answerRefusal({ number, status, message }: HubRefusal, rid: string): void {
    const trackingId = makeTrackingId(this.#parts.random)
    const timestampUtc = new Date(this.#parts.clock.now()).toISOString()
    const body = JSON.stringify({ errorCode: number, trackingId, message, timestampUtc })
    this.#parts.log.info(
      { trackingId, deviceId: this.#order.device.deviceId },
      `a twin request was refused: ${message}`,
    )
    this.#answer(twinAnswerTopic(status, rid), body)
  }

  #answer(topic: string, body: string): void {
    const qos = this.#order.lasting.subscriptions.get('twinAnswers')
    if (qos !== undefined) this.#order.session.publish(topic, body, 0)
  }

  closed(disconnected: boolean): void {
    const { device, will, cutFor } = this.#order
    this.#cloudMessages.end()
    device.close()
    if (will && !disconnected && mayLeaveWill(cutFor())) this.#leaveWill(will)
  }

  /** As telemetry, where its topic is the device's own; else it is nothing (contract/iot-hub 10.17). */
  #leaveWill(will: MqttMessage): void {
    const { device } = this.#order
    const topic = readTopic(will.topic, device)
    if (topic?.kind !== 'telemetry') return
    const message = telemetryOf(will, topic.bag)
    const marked = { ...message, properties: { ...message.properties, 'iothub-MessageType': 'Will' } }
    device.sendTelemetry([marked]).catch((error) => {
      this.#parts.log.warn({ err: error, deviceId: device.deviceId }, 'the will of a device could not be kept')
    })
  }
}

/** A device that was taken its right has none to say more. */
const mayLeaveWill = (cutFor: HubRefusal | undefined) =>
  cutFor === undefined ||
  cutFor.code === 'ConnectionForcefullyClosedOnNewConnection' ||
  cutFor.code === 'DeviceConnectionClosedRemotely'

function telemetryOf({ payload, retain }: MqttMessage, bag: string): DeviceMessage {
  const { properties, system } = readBag(bag)
  // nothing is retained, but back ends are told (contract/iot-hub 10.9)
  return { body: payload, system, properties: retain ? { ...properties, 'mqtt-retain': 'true' } : properties }
}

function readPatch(payload: Uint8Array): JsonObject {
  const patch = parsed(payload)
  if (isJsonObject(patch)) return patch
  throw invalid('A patch of reported properties is a JSON object.')
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    return undefined
  }
}

const isOfStorage = (error: unknown) => error instanceof Error && error.name === 'StorageUnavailable'

function asRefusal(error: unknown): HubRefusal {
  if (error instanceof HubRefusal) return error
  if (isOfStorage(error))
    return new HubRefusal('ServiceUnavailable', 'The hub cannot write to its disk. Try again later.')
  return new HubRefusal('ServerError', 'An internal error occurred.')
}
