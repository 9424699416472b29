/** A device's twin over a pair of links (contract/iot-hub 11.8). */

import { makeTrackingId } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import { type AmqpMessage, amqpInt, amqpLong } from '../../protocol/amqp-message.ts'
import { keptId } from '../../protocol/amqp-requests.ts'
import type { OutgoingLink } from '../../protocol/amqp-service.ts'
import type { Clock, Random } from '../../system.ts'
import type { DeviceSession } from '../device/session.ts'
import { HubRefusal, invalid } from '../refusal.ts'

const desiredResource = '/notifications/twin/properties/desired'
const reportedResource = '/properties/reported'
/** Answers and notifications that a device leaves unread: the notifications among them are never queued anyway. */
const mostWaiting = 64

export class DeviceTwin {
  readonly #session: DeviceSession
  readonly #clock: Clock
  readonly #random: Random
  readonly #waiting: AmqpMessage[] = []
  #link: OutgoingLink | undefined

  constructor(session: DeviceSession, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#session = session
    this.#clock = clock
    this.#random = random
  }

  attachOut(link: OutgoingLink): void {
    this.#link = link
    link.accept({ room: () => this.#flush() })
    link.gone.addEventListener('abort', () => this.#left(link), { once: true })
  }

  /** Whoever attaches again asks again, and hears of nothing that went before (contract/iot-hub 10.7). */
  #left(link: OutgoingLink): void {
    if (this.#link !== link) return
    this.#link = undefined
    this.#waiting.length = 0
    this.#session.onDesired(undefined)
  }

  async take(requests: readonly AmqpMessage[]): Promise<void> {
    for (const request of requests) await this.#answer(request)
  }

  async #answer(request: AmqpMessage): Promise<void> {
    // C# and Node correlate by texts of their own; whatever it is goes back
    const correlationId = keptId(request.correlationId)
    try {
      this.#send({ ...(await this.#done(request)), correlationId })
    } catch (error) {
      this.#send({ ...this.#refused(error), correlationId })
    }
  }

  async #done({ annotations, body }: AmqpMessage): Promise<AmqpMessage> {
    const { operation, resource } = annotations
    if (operation === 'GET') return answer(200, await this.#session.readTwin())
    if (operation === 'PATCH' && resource === reportedResource) {
      const version = await this.#session.patchReported(jsonOf(body))
      return answer(200, undefined, { version: amqpLong(version) })
    }
    if (operation === 'PUT' && resource === desiredResource) {
      this.#session.onDesired((patch, version) => this.#notify(patch, version))
      return answer(200)
    }
    if (operation === 'DELETE' && resource === desiredResource) {
      this.#session.onDesired(undefined)
      return answer(200)
    }
    throw invalid(`A twin has no operation ${String(operation).slice(0, 20)} of ${String(resource).slice(0, 60)}.`)
  }

  #refused(error: unknown): AmqpMessage {
    const { status, number: errorCode, message } = knownRefusal(error)
    const timestampUtc = new Date(this.#clock.now()).toISOString()
    return answer(status, { errorCode, trackingId: makeTrackingId(this.#random), message, timestampUtc })
  }

  #notify(patch: JsonObject, version: number): void {
    const annotations = { resource: desiredResource, version: amqpLong(version) }
    this.#send({ applicationProperties: {}, annotations, body: { data: bytesOf({ ...patch, $version: version }) } })
  }

  #send(message: AmqpMessage): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(message)
    this.#flush()
  }

  #flush(): void {
    while (this.#link && this.#link.credit > 0) {
      const message = this.#waiting.shift()
      if (message === undefined) return
      this.#link.send({ message })
    }
  }
}

const bytesOf = (json: unknown) => Buffer.from(JSON.stringify(json))

function jsonOf(body: AmqpMessage['body']): JsonObject {
  const text = 'data' in body ? body.data.toString() : String(body.value)
  const json = parsed(text)
  if (isJsonObject(json)) return json
  throw invalid('Reported properties are to be a JSON object.')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('Reported properties are to be JSON.')
  }
}

// always with a status: Node takes an answer without annotations for a success
const answer = (status: number, json?: unknown, more: Readonly<Record<string, unknown>> = {}): AmqpMessage => ({
  applicationProperties: {},
  annotations: { status: amqpInt(status), ...more },
  body: { data: json === undefined ? Buffer.alloc(0) : bytesOf(json) },
})

function knownRefusal(error: unknown): HubRefusal {
  if (error instanceof HubRefusal) return error
  if (error instanceof Error && error.name === 'StorageUnavailable')
    return new HubRefusal('ServiceUnavailable', 'The hub cannot write to its disk. Try again.')
  throw error
}
