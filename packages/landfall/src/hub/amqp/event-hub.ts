/** The names under which a hub's telemetry is read (contract/iot-hub 16.1, 16.3). */
import { AmqpRefusal } from '../../protocol/amqp-service.ts'
import type { AddressedHub } from '../addressed.ts'
import { entityOf } from '../event-hub-name.ts'
import { partitionsPerHub } from '../telemetry/event.ts'

export function isEntity(name: string, { names }: AddressedHub): boolean {
  const asked = name.toLowerCase()
  return asked === 'messages/events' || names.some((one) => asked === one.toLowerCase() || asked === entityOf(one))
}

export interface ReaderAddress {
  readonly entity: string
  readonly group: string
  readonly partition: string
}

export function readReaderAddress(address: string): ReaderAddress | undefined {
  const [, entity, group, partition] = /^(.+)\/consumergroups\/([^/]+)\/partitions\/([^/]+)$/i.exec(address) ?? []
  if (entity === undefined || group === undefined || partition === undefined) return
  return { entity, group: group.toLowerCase(), partition }
}

/** Where an Event Hubs producer sends to: the entity, one of its partitions, or under the name of a publisher. */
export const entityOfProducer = (address: string) => address.replace(/\/(partitions|publishers)\/[^/]+$/i, '')

/** contract/iot-hub 16.11: telemetry comes from devices alone. */
export const readOnly = (entity: string) =>
  new AmqpRefusal(
    'amqp:not-allowed',
    `"${entity.slice(0, 100)}" is read only: a hub takes telemetry from its devices alone. Send it as a device, over MQTT, AMQP or HTTPS, with the connection string of the device.`,
  )

export const partitionIds = Array.from({ length: partitionsPerHub }, (_, partition) => String(partition))

export function partitionOf(id: unknown): number | undefined {
  const partition = partitionIds.indexOf(String(id))
  return partition < 0 ? undefined : partition
}
