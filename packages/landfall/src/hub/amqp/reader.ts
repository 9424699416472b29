/** One reader of one partition (contract/iot-hub 16.5, 16.7). */
import { type AmqpMessage, amqpLong, amqpTimestamp } from '../../protocol/amqp-message.ts'
import { AmqpRefusal, type OutgoingLink } from '../../protocol/amqp-service.ts'
import { machineNow } from '../../system.ts'
import type { PartitionOf, Start } from '../telemetry/log.ts'
import { readStart } from '../telemetry/start.ts'
import { inAmqpWords } from './errors.ts'
import { isEntity, partitionIds, partitionOf, type ReaderAddress } from './event-hub.ts'
import { messageOfEvent } from './messages.ts'
import type { HubAmqpParts } from './parts.ts'
import type { Readers } from './readers.ts'
import { Room } from './room.ts'
import type { Need, Tokens } from './tokens.ts'

/** A page: what may wait for a slow reader, next to what its socket holds. */
const eventsAPage = 100
const bytesAPage = 128 * 1024

export const readerNeed = ({ entity, group, partition }: ReaderAddress): Need => ({
  right: 'ServiceConnect',
  path: `/${entity}/consumergroups/${group}/partitions/${partition}`,
})

export async function attachReader(
  parts: HubAmqpParts,
  { tokens, readers }: { readonly tokens: Tokens; readonly readers: Readers },
  link: OutgoingLink,
  address: ReaderAddress,
): Promise<void> {
  const addressed = await tokens.require(readerNeed(address))
  const partition = partitionOf(address.partition)
  if (!isEntity(address.entity, addressed) || partition === undefined) throw noSuchPartition(address)
  const of = { hub: addressed.setting.name, partition }
  const after = await inAmqpWords(parts.telemetry.placeOf(of, startOf(link)))
  if (link.gone.aborted) return
  readers.enter(`${of.hub} ${partition} ${address.group}`, { link, epoch: epochOf(link) })
  const room = new Room()
  const tellsMetrics = link.desiredCapabilities.includes(runtimeMetric)
  link.accept({ room: room.room, ...(tellsMetrics && { offeredCapabilities: [runtimeMetric] }) })
  void pump(parts, { of, after, link, room, tellsMetrics }).catch((error) => {
    parts.log.error({ err: error }, 'telemetry could not be read')
    link.close({ condition: 'amqp:internal-error', description: 'The hub cannot read its telemetry. Try again.' })
  })
}

const runtimeMetric = 'com.microsoft:enable-receiver-runtime-metric'

function noSuchPartition({ entity, partition }: ReaderAddress): AmqpRefusal {
  return new AmqpRefusal(
    'amqp:not-found',
    `There is no partition "${partition.slice(0, 40)}" of "${entity.slice(0, 100)}" here. Partitions are ${partitionIds.join(', ')}.`,
  )
}

function startOf({ filter }: OutgoingLink): Start {
  const text = filter['apache.org:selector-filter:string']
  if (text === undefined || text === null) return 'earliest'
  const start = typeof text === 'string' ? readStart(text) : undefined
  if (start !== undefined) return start
  throw new AmqpRefusal(
    'com.microsoft:argument-error',
    'The filter is to compare x-opt-offset, x-opt-sequence-number or x-opt-enqueued-time by > or >= with one value.',
  )
}

function epochOf({ properties }: OutgoingLink): number | undefined {
  const epoch = properties['com.microsoft:epoch']
  return typeof epoch === 'number' ? epoch : undefined
}

interface Reading {
  readonly of: PartitionOf
  after: number
  readonly link: OutgoingLink
  readonly room: Room
  readonly tellsMetrics: boolean
}

async function pump(parts: HubAmqpParts, reading: Reading): Promise<void> {
  const { of, link, room } = reading
  const { telemetry } = parts
  while (!link.gone.aborted) {
    await room.of(link)
    const { after } = reading
    const limit = Math.min(link.credit, eventsAPage)
    const events = limit === 0 ? [] : await telemetry.read({ ...of, after, limit, bytes: bytesAPage })
    if (events.length === 0) await telemetry.more(of, after, link.gone)
    const deliveryAnnotations = await metricsOf(parts, reading)
    for (const event of events) {
      await room.of(link)
      link.send({ message: { ...messageOfEvent(event), deliveryAnnotations } })
      reading.after = event.sequence
    }
  }
}

async function metricsOf(
  { telemetry, clock }: HubAmqpParts,
  { of, tellsMetrics }: Reading,
): Promise<AmqpMessage['deliveryAnnotations']> {
  if (!tellsMetrics) return
  const { last, lastOffset, lastEnqueuedAt } = await telemetry.span(of)
  return {
    last_enqueued_sequence_number: amqpLong(last),
    last_enqueued_offset: String(lastOffset),
    last_enqueued_time_utc: amqpTimestamp(lastEnqueuedAt),
    runtime_info_retrieval_time_utc: amqpTimestamp(machineNow(clock)),
  }
}
