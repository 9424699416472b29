/** Who reads which partition, and who owns it: the highest epoch (contract/iot-hub 16.5). */
import { AmqpRefusal, type OutgoingLink } from '../../protocol/amqp-service.ts'

/** Of one partition in one consumer group without an epoch; the cloud has 5, but forgets crashed ones sooner. */
const mostReaders = 20

interface Reader {
  readonly link: OutgoingLink
  /** Absent: reads beside others. */
  readonly epoch?: number
}

export class Readers {
  readonly #readers = new Map<string, Set<Reader>>()

  /** Takes the partition; older readers that must give way are told. Throws an AmqpRefusal. */
  enter(place: string, reader: Reader): void {
    const readers = this.#readers.get(place) ?? new Set()
    refuse(readers, reader)
    if (reader.epoch !== undefined) for (const other of readers) other.link.close(stolen)
    this.#readers.set(place, readers.add(reader))
    reader.link.gone.addEventListener('abort', () => this.#leave(place, reader), { once: true })
  }

  #leave(place: string, reader: Reader): void {
    const readers = this.#readers.get(place)
    readers?.delete(reader)
    if (readers?.size === 0) this.#readers.delete(place)
  }
}

const stolen = {
  condition: 'amqp:link:stolen',
  description: 'Another reader took over this partition, with an owner level of its own that is as high or higher.',
}

function refuse(readers: ReadonlySet<Reader>, { epoch }: Reader): void {
  const highest = Math.max(-1, ...[...readers].map((one) => one.epoch ?? -1))
  if (highest > (epoch ?? -1))
    throw new AmqpRefusal(
      'amqp:link:stolen',
      `A reader with owner level ${highest} has this partition. Read in another consumer group, or with a higher level.`,
    )
  if (epoch === undefined && readers.size >= mostReaders)
    throw new AmqpRefusal(
      'amqp:resource-limit-exceeded',
      `${mostReaders} read this partition in this consumer group already. Use another group.`,
    )
}
