/** Writes what devices send in batches, and tells waiting readers once it is on disk. */
import type { HubName } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, machineNow } from '../../system.ts'
import type { TelemetryEvent } from './event.ts'
import type { PartitionOf, Start, TelemetryLog } from './log.ts'
import { partitionOf } from './partition.ts'

interface Parts {
  readonly store: Store
  /** Readers ask by their own clock for what came since, so the machine's counts. */
  readonly clock: Clock
}

const mostBytesRead = 1024 * 1024

/** What came in one turn of the event loop, of however many devices: one list of changes, one promise. */
interface Batch {
  readonly partitions: Map<string, PartitionOf & { readonly events: TelemetryEvent[] }>
  readonly written: Promise<void>
}

const nameOf = ({ hub, partition }: PartitionOf) => `${partition} ${hub}`

export function makeTelemetryLog({ store, clock }: Parts): TelemetryLog {
  const waiting = new Map<string, Set<() => void>>()
  let gathering: Batch | undefined

  function append(hub: HubName, events: readonly TelemetryEvent[]): Promise<void> {
    gathering ??= gather()
    for (const event of events) {
      const of = { hub, partition: partitionOf(event.deviceId) }
      const name = nameOf(of)
      const there = gathering.partitions.get(name)
      if (there) there.events.push(event)
      else gathering.partitions.set(name, { ...of, events: [event] })
    }
    return gathering.written
  }

  function gather(): Batch {
    const partitions: Batch['partitions'] = new Map()
    const written = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        gathering = undefined
        write(partitions).then(resolve, reject)
      })
    })
    return { partitions, written }
  }

  async function write(partitions: Batch['partitions']): Promise<void> {
    const at = machineNow(clock)
    await store.commit([...partitions.values()].map((one) => ({ append: 'telemetry', at, ...one })))
    for (const name of partitions.keys()) tell(name)
  }

  function tell(name: string): void {
    const told = waiting.get(name)
    waiting.delete(name)
    for (const wake of told ?? []) wake()
  }

  async function more(of: PartitionOf, after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const name = nameOf(of)
    const others = waiting.get(name) ?? new Set()
    waiting.set(name, others.add(resolve))
    signal.addEventListener('abort', () => resolve(), { once: true, signal: whenDone(promise) })
    // looked at after asking to be told, so that nothing slips in between
    if ((await store.telemetrySpan(of.hub, of.partition)).last > after) resolve()
    await promise
    others.delete(resolve)
    if (others.size === 0 && waiting.get(name) === others) waiting.delete(name)
  }

  return {
    append,
    wrote: (of) => tell(nameOf(of)),
    span: ({ hub, partition }) => store.telemetrySpan(hub, partition),
    placeOf: (of, start) => placeOf(store, of, start),
    read: ({ bytes = mostBytesRead, ...order }) => store.telemetry({ ...order, bytes }),
    more,
  }
}

/** A listener on a signal that lives long must not stay there for each time it was waited for. */
function whenDone(promise: Promise<void>): AbortSignal {
  const done = new AbortController()
  void promise.then(() => done.abort())
  return done.signal
}

async function placeOf(store: Store, { hub, partition }: PartitionOf, start: Start): Promise<number> {
  if (start === 'earliest') return -1
  if (start === 'latest') return (await store.telemetrySpan(hub, partition)).last
  if ('sequence' in start) return start.inclusive ? start.sequence - 1 : start.sequence
  const place =
    'offset' in start
      ? { offset: start.inclusive ? start.offset - 1 : start.offset }
      : { enqueuedAt: start.enqueuedAfter }
  return store.telemetryPlace(hub, partition, place)
}
