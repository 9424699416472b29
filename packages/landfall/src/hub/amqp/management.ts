/** The node `$management`: what partitions there are, and what is in them (contract/iot-hub 16.4). */
import { type AmqpMessage, amqpInt, amqpLong, amqpStrings, amqpTimestamp } from '../../protocol/amqp-message.ts'
import { type AmqpAnswer, makeRequestNode, type RequestNode } from '../../protocol/amqp-requests.ts'
import { AmqpRefusal } from '../../protocol/amqp-service.ts'
import { isEntity, partitionIds, partitionOf } from './event-hub.ts'
import type { HubAmqpParts } from './parts.ts'
import type { Tokens } from './tokens.ts'

export function makeManagement(parts: HubAmqpParts, tokens: Tokens): RequestNode {
  return makeRequestNode(async (request) => {
    try {
      return { applicationProperties: status(200, 'OK'), body: { value: await read(parts, tokens, request) } }
    } catch (error) {
      if (!(error instanceof AmqpRefusal)) throw error
      const { condition, message } = error
      const applicationProperties = { ...status(statuses[condition] ?? 500, message), 'error-condition': condition }
      return { applicationProperties, body: { value: undefined } } satisfies AmqpAnswer
    }
  })
}

const statuses: Readonly<Record<string, number>> = {
  'amqp:unauthorized-access': 401,
  'amqp:not-found': 404,
  'com.microsoft:argument-error': 400,
  // Node names its error by it
  'com.microsoft:argument-out-of-range': 400,
  'com.microsoft:iot-hub-not-found-error': 404,
}

// an int: Python's client takes no other type
const status = (code: number, description: string) => ({
  'status-code': amqpInt(code),
  'status-description': description,
})

async function read(parts: HubAmqpParts, tokens: Tokens, { applicationProperties }: AmqpMessage): Promise<object> {
  const { operation, type, name, partition } = applicationProperties
  const entity = String(name)
  const addressed = await tokens.require({ right: 'ServiceConnect', path: `/${entity}/$management` })
  if (!isEntity(entity, addressed))
    throw new AmqpRefusal('amqp:not-found', `There is no "${entity.slice(0, 100)}" here.`)
  if (operation !== 'READ') throw new AmqpRefusal('com.microsoft:argument-error', 'The only operation is READ.')
  const of = { hub: addressed.setting.name, name: entity, type: String(type) }
  if (type === 'com.microsoft:eventhub') return readHub(parts, of)
  if (type === 'com.microsoft:partition') return readPartition(parts, of, partition)
  throw new AmqpRefusal(
    'com.microsoft:argument-error',
    'The type is to be com.microsoft:eventhub or com.microsoft:partition.',
  )
}

interface Of {
  readonly hub: Parameters<HubAmqpParts['telemetry']['span']>[0]['hub']
  readonly name: string
  readonly type: string
}

async function readHub({ store }: HubAmqpParts, { name, type }: Of): Promise<object> {
  const settings = await store.settings()
  return {
    name,
    type,
    created_at: amqpTimestamp(settings?.createdAt ?? 0),
    partition_count: amqpInt(partitionIds.length),
    partition_ids: amqpStrings(partitionIds),
  }
}

async function readPartition({ telemetry }: HubAmqpParts, { hub, name, type }: Of, id: unknown): Promise<object> {
  const partition = partitionOf(id)
  if (partition === undefined)
    throw new AmqpRefusal('com.microsoft:argument-out-of-range', `There is no partition "${String(id).slice(0, 40)}".`)
  const span = await telemetry.span({ hub, partition })
  return {
    name,
    type,
    partition: String(id),
    begin_sequence_number: amqpLong(span.first),
    last_enqueued_sequence_number: amqpLong(span.last),
    last_enqueued_offset: String(span.lastOffset),
    last_enqueued_time_utc: amqpTimestamp(span.lastEnqueuedAt),
    is_partition_empty: span.isEmpty,
  }
}
