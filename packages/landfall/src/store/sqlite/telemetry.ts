/**
 * The telemetry log. Rows (event-rows.ts) stand in the order of their partition and number, so that appending writes the
 * ends of a few pages, and nothing else is indexed: offsets and times grow with the numbers and are found by halving. The
 * oldest go within the write that brings more; where none comes, now and then.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent, TelemetrySpan } from '../../hub/telemetry/event.ts'
import type { HubName } from '../../ids.ts'
import { type Clock, type Instant, machineNow } from '../../system.ts'
import type { ForgetBound, HubChange, TelemetryPlace, TelemetryQuestion } from '../store.ts'
import { eventsOf, offsetOf, rowsOf } from './event-rows.ts'

type Append = Extract<HubChange, { append: 'telemetry' }>

/** Numbers of one partition; 2^13 partitions beside each other are still exact in JavaScript. */
const numbersEach = 2 ** 40
/** Old ones that one append forgets at most, beyond what it brings: keeps each write short. */
const mostForgotten = 64
/** Where nothing waits for it: some 5 ms of each partition. */
const mostAtOnce = 1000

interface Partition {
  readonly number: number
  readonly lastSequence: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly lastAt: Instant
}

export interface SqliteTelemetry {
  /** Into the open transaction. */
  append(change: Append): void
  /** All that is beyond the bound, as when the operator has lowered it. */
  forget(): void
  /** Some of it: so much as keeps a write short. Says how many rows. */
  forgetSome(): number
  /** With the hub. */
  remove(hub: HubName): void
  read(question: TelemetryQuestion): readonly StoredEvent[]
  span(hub: HubName, partition: number): TelemetrySpan
  place(hub: HubName, partition: number, place: TelemetryPlace): number
}

export function makeTelemetry(database: DatabaseSync, bound: ForgetBound, clock: Clock): SqliteTelemetry {
  const statements = prepare(database)
  const partitionOf = (hub: HubName, partition: number) => partitionFrom(statements.find.get(hub, partition))

  function made(hub: HubName, partition: number): Partition {
    statements.make.run(hub, partition)
    return partitionFrom(statements.find.get(hub, partition)) as Partition
  }

  function append({ hub, partition, at, events }: Append): void {
    const before = partitionOf(hub, partition) ?? made(hub, partition)
    const enqueuedAt = Math.max(at, before.lastAt)
    let { lastSequence, lastOffset } = before
    for (const { event, lengths, count, size } of rowsOf(events)) {
      statements.add.run(before.number * numbersEach + lastSequence + 1, lastOffset, enqueuedAt, event, lengths)
      lastSequence += count
      lastOffset += size
    }
    statements.grow.run(lastSequence, lastOffset, enqueuedAt, before.number)
    forgetSome(before.number, events.length + mostForgotten)
  }

  /** Of this partition what is too old, of the largest what is too much. */
  function forgetSome(number: number, most: number): number {
    const aged = forgetFrom(number, most, { before: machineNow(clock) - bound.telemetryAgeMs, beneath: -1 })
    const excess = Number(statements.total.get()?.bytes ?? 0) - bound.telemetryBytes
    if (excess <= 0) return aged
    const largest = partitionFrom(statements.largest.get())
    return (
      aged + (largest ? forgetFrom(largest.number, most, { before: -1, beneath: largest.firstOffset + excess }) : 0)
    )
  }

  function forgetFrom(
    number: number,
    most: number,
    old: { readonly before: Instant; readonly beneath: number },
  ): number {
    const oldest = oldestOf(number)
    if (!oldest || !(oldest.at < old.before || oldest.offset < old.beneath)) return 0
    const forgotten = Number(statements.forget.run(oldest.id, oldest.id + most, old.before, old.beneath).changes)
    const next = oldestOf(number)
    if (next) statements.shrink.run(next.offset, number)
    else statements.empty.run(number)
    return forgotten
  }

  function oldestOf(number: number) {
    const row = statements.oldest.get(number * numbersEach, (number + 1) * numbersEach)
    return row && { id: Number(row.id), offset: Number(row.offset), at: Number(row.at) }
  }

  /** Undefined: it is forgotten, or there is none yet. */
  function placeOf(number: number, sequence: number) {
    const id = number * numbersEach + sequence
    const row = statements.with.get(number * numbersEach, id)
    return row && { offset: offsetOf(row, id - Number(row.id)), at: Number(row.at) }
  }

  function span(hub: HubName, partition: number): TelemetrySpan {
    const found = partitionOf(hub, partition)
    if (!found) return { first: 0, last: -1, lastOffset: 0, lastEnqueuedAt: 0, isEmpty: true }
    const oldest = oldestOf(found.number)
    const first = oldest ? oldest.id - found.number * numbersEach : found.lastSequence + 1
    const last = found.lastSequence
    const lastOffset = placeOf(found.number, last)?.offset ?? found.lastOffset
    return { first, last, lastOffset, lastEnqueuedAt: found.lastAt, isEmpty: !oldest }
  }

  return {
    append,

    forget() {
      for (const row of statements.all.all()) while (forgetSome(Number(row.number), mostAtOnce) > 0);
    },

    forgetSome() {
      const numbers = statements.all.all().map((row) => Number(row.number))
      return numbers.reduce((sum, number) => sum + forgetSome(number, mostAtOnce), 0)
    },

    remove(hub) {
      for (const row of statements.allOf.all(hub))
        statements.removeAll.run(Number(row.number) * numbersEach, (Number(row.number) + 1) * numbersEach)
      statements.removePartitions.run(hub)
    },

    read({ hub, partition, after, limit, bytes }) {
      const found = partitionOf(hub, partition)
      if (!found) return []
      const base = found.number * numbersEach
      const events: StoredEvent[] = []
      for (const row of statements.read.iterate(base, base + after + 1, base + numbersEach)) {
        for (const event of eventsOf(row, base)) {
          if (event.sequence <= after) continue
          if (events.length === limit || event.offset - (events[0]?.offset ?? event.offset) >= bytes) return events
          events.push(event)
        }
      }
      return events
    },

    span,

    place(hub, partition, place) {
      const { first, last } = span(hub, partition)
      const found = partitionOf(hub, partition)
      if (!found) return -1
      const isBehind = (sequence: number) => {
        const there = placeOf(found.number, sequence)
        if (!there) return false
        return 'offset' in place ? there.offset > place.offset : there.at > place.enqueuedAt
      }
      let [low, high] = [first, last + 1]
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        if (isBehind(middle)) high = middle
        else low = middle + 1
      }
      return low - 1
    },
  }
}

function prepare(database: DatabaseSync) {
  const sql = (text: string) => database.prepare(text)
  return {
    find: sql('SELECT * FROM telemetry_partitions WHERE hub = ? AND partition = ?'),
    make: sql(`INSERT INTO telemetry_partitions (hub, partition, last_sequence, first_offset, last_offset, last_at)
               VALUES (?, ?, -1, 0, 0, 0)`),
    all: sql('SELECT number FROM telemetry_partitions'),
    allOf: sql('SELECT number FROM telemetry_partitions WHERE hub = ?'),
    total: sql('SELECT sum(last_offset - first_offset) AS bytes FROM telemetry_partitions'),
    largest: sql('SELECT * FROM telemetry_partitions ORDER BY last_offset - first_offset DESC LIMIT 1'),
    grow: sql('UPDATE telemetry_partitions SET last_sequence = ?, last_offset = ?, last_at = ? WHERE number = ?'),
    shrink: sql('UPDATE telemetry_partitions SET first_offset = ? WHERE number = ?'),
    empty: sql('UPDATE telemetry_partitions SET first_offset = last_offset WHERE number = ?'),
    add: sql('INSERT INTO telemetry (id, offset, at, event, lengths) VALUES (?, ?, ?, ?, ?)'),
    oldest: sql('SELECT id, offset, at FROM telemetry WHERE id >= ? AND id < ? ORDER BY id LIMIT 1'),
    with: sql('SELECT id, offset, at, lengths FROM telemetry WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1'),
    forget: sql('DELETE FROM telemetry WHERE id >= ? AND id < ? AND (at < ? OR offset < ?)'),
    // from the row that has the first of them
    read: sql(`SELECT id, offset, at, event, lengths FROM telemetry
               WHERE id >= coalesce((SELECT max(id) FROM telemetry WHERE id BETWEEN ?1 AND ?2), ?1) AND id < ?3
               ORDER BY id`),
    removeAll: sql('DELETE FROM telemetry WHERE id >= ? AND id < ?'),
    removePartitions: sql('DELETE FROM telemetry_partitions WHERE hub = ?'),
  }
}

type Row = Readonly<Record<string, unknown>>

function partitionFrom(row: Row | undefined): Partition | undefined {
  if (!row) return
  return {
    number: Number(row.number),
    lastSequence: Number(row.last_sequence),
    firstOffset: Number(row.first_offset),
    lastOffset: Number(row.last_offset),
    lastAt: Number(row.last_at),
  }
}
