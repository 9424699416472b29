/**
 * Telemetry as rows: the events that one write brings to a partition stand in one, up to a bound, since a row costs SQLite
 * more than what is in it. The row has the number, offset and time of its first event; `lengths` are those of its events,
 * and none where it is one alone.
 */
import type { StoredEvent, TelemetryEvent } from '../../hub/telemetry/event.ts'
import { pack, unpack } from './packed.ts'

export interface EventRow {
  readonly count: number
  /** How far it moves the offset on. */
  readonly size: number
  readonly event: Uint8Array
  readonly lengths: string | null
}

type Row = Readonly<Record<string, unknown>>
type Members = Omit<TelemetryEvent, 'body'>

/** Who wants one event reads its row, and what is forgotten goes by whole rows. */
const mostOfRow = { events: 50, bytes: 64 * 1024 }
/** What an event takes beside its own bytes, about. */
const besideBytes = 24

export function rowsOf(events: readonly TelemetryEvent[]): readonly EventRow[] {
  const rows: EventRow[] = []
  let pieces: Uint8Array[] = []
  let bytes = 0
  for (const { body, ...members } of events) {
    const piece = pack(members, body)
    const isFull = pieces.length === mostOfRow.events || bytes + piece.length > mostOfRow.bytes
    if (isFull && pieces.length > 0) {
      rows.push(rowOf(pieces, bytes))
      pieces = []
      bytes = 0
    }
    pieces.push(piece)
    bytes += piece.length
  }
  return pieces.length === 0 ? rows : [...rows, rowOf(pieces, bytes)]
}

function rowOf(pieces: readonly Uint8Array[], bytes: number): EventRow {
  const [first = new Uint8Array()] = pieces
  const count = pieces.length
  const size = bytes + count * besideBytes
  if (count === 1) return { count, size, event: first, lengths: null }
  return {
    count,
    size,
    event: Buffer.concat(pieces, bytes),
    lengths: JSON.stringify(pieces.map(({ length }) => length)),
  }
}

/** `base`: the number of the partition's first. */
export function eventsOf(row: Row, base: number): readonly StoredEvent[] {
  const packed = row.event as Uint8Array
  let from = 0
  return lengthsOf(row, packed.length).map((length, nth) => {
    const piece = packed.subarray(from, from + length)
    const offset = Number(row.offset) + from + nth * besideBytes
    from += length
    return { ...unpack<Members>(piece), sequence: Number(row.id) - base + nth, offset, enqueuedAt: Number(row.at) }
  })
}

/** Of its nth event. */
export function offsetOf(row: Row, nth: number): number {
  const before = lengthsOf(row, 0).slice(0, nth)
  return before.reduce((offset, length) => offset + length + besideBytes, Number(row.offset))
}

const lengthsOf = ({ lengths }: Row, ofOne: number): readonly number[] =>
  typeof lengths === 'string' ? (JSON.parse(lengths) as number[]) : [ofOne]
