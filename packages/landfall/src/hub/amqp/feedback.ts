/** What became of messages to devices, for back ends that listen (contract/iot-hub 13.3, 15.3). */

import type { HubName } from '../../ids.ts'
import { type AmqpMessage, amqpTimestamp, amqpUuid } from '../../protocol/amqp-message.ts'
import type { Outcome, OutgoingLink } from '../../protocol/amqp-service.ts'
import type { StoredFeedback } from '../device/message.ts'
import type { HubAmqpParts } from './parts.ts'
import { Room } from './room.ts'
import type { Tokens } from './tokens.ts'

export const feedbackNeed = { right: 'ServiceConnect', path: '/messages/servicebound/feedback' } as const

/** contract/iot-hub 13.3, 13.1 */
const recordsInMessage = 64
const lockMs = 60_000

export async function attachFeedback(parts: HubAmqpParts, tokens: Tokens, link: OutgoingLink): Promise<void> {
  const { setting } = await tokens.require(feedbackNeed)
  const room = new Room()
  link.accept({ room: room.room })
  void pump(parts, setting.name, link, room).catch((error) => {
    parts.log.error({ err: error }, 'feedback could not be handed out')
    link.close({ condition: 'amqp:internal-error', description: 'The hub cannot read its feedback. Try again.' })
  })
}

async function pump({ backEnd, random, log }: HubAmqpParts, hub: HubName, link: OutgoingLink, room: Room) {
  const { feedback } = backEnd
  const held = new Set<number>()
  link.gone.addEventListener('abort', () => feedback.release(hub, [...held]), { once: true })
  const settle = async (numbers: readonly number[], outcome: Outcome) => {
    for (const number of numbers) held.delete(number)
    if (outcome === 'accepted' || outcome === 'rejected') await feedback.complete(hub, numbers)
    else feedback.release(hub, numbers)
  }
  while (!link.gone.aborted) {
    await room.of(link)
    const records = link.gone.aborted ? [] : await feedback.receive(hub, recordsInMessage, lockMs)
    const numbers = records.map(({ number }) => number)
    if (link.gone.aborted) return feedback.release(hub, numbers)
    for (const number of numbers) held.add(number)
    if (records.length === 0) await feedback.more(hub, link.gone)
    else
      link.send({
        message: messageOf(hub, records),
        tag: amqpUuid(random.uuid()),
        settled: (outcome) =>
          void settle(numbers, outcome).catch((error) => log.warn({ err: error }, 'feedback could not be settled')),
      })
  }
}

function messageOf(hub: HubName, records: readonly StoredFeedback[]): AmqpMessage {
  const latest = Math.max(...records.map(({ at }) => at))
  const shown = records.map(({ originalMessageId, at, statusCode, deviceId, moduleId, deviceGenerationId }) => ({
    originalMessageId,
    enqueuedTimeUtc: new Date(at).toISOString(),
    statusCode,
    description: statusCode,
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    deviceGenerationId,
  }))
  return {
    userId: Buffer.from(hub),
    contentType: 'application/vnd.microsoft.iothub.feedback.json',
    applicationProperties: {},
    annotations: { 'iothub-enqueuedtime': amqpTimestamp(latest) },
    body: { data: Buffer.from(JSON.stringify(shown)) },
  }
}
