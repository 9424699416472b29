/** What a fleet does, counted: how many are up, what they sent, how long that took, and what went wrong. */
import type { Diary } from '../../simulate/live.ts'

export interface Tally {
  diaryOf(device: number): Diary
  /** Rates and latencies are of the time since the last look. */
  look(atMs: number): Snapshot
  /** Of all the time. */
  sum(): Sum
}

export interface Sum {
  readonly devices: number
  readonly registered: number
  readonly everUp: number
  readonly sent: number
  readonly reconnects: number
  readonly methods: number
  readonly twins: number
  /** By reason, the most frequent first. */
  readonly errors: Readonly<Record<string, number>>
}

export interface Snapshot extends Sum {
  readonly up: number
  readonly perSecond: number
  /** From sending to PUBACK, that is to the hub's disk; absent: nothing was sent since the last look. */
  readonly p50Ms?: number
  readonly p99Ms?: number
}

/** The newest since the last look: enough for a 99th percentile. */
const mostLatencies = 4096
/** Each reason has a line; those beyond are counted together. */
const mostReasons = 100

export function makeTally(devices: number): Tally {
  const registered = new Set<number>()
  const everUp = new Set<number>()
  const errors = new Map<string, number>()
  const latencies: number[] = []
  const counts = { up: 0, sent: 0, reconnects: 0, methods: 0, twins: 0 }
  let last = { atMs: 0, sent: 0 }

  const sum = (): Sum => {
    const { up: _, ...others } = counts
    const byCount = [...errors].sort(([, a], [, b]) => b - a)
    return { devices, registered: registered.size, everUp: everUp.size, ...others, errors: Object.fromEntries(byCount) }
  }

  return {
    diaryOf: (device) => ({
      registered: () => void registered.add(device),
      up() {
        counts.up += 1
        if (everUp.has(device)) counts.reconnects += 1
        everUp.add(device)
      },
      down() {
        counts.up -= 1
      },
      sent(ms) {
        latencies[counts.sent % mostLatencies] = ms
        counts.sent += 1
      },
      called() {
        counts.methods += 1
      },
      twin() {
        counts.twins += 1
      },
      failed(reason) {
        const name = errors.has(reason) || errors.size < mostReasons ? reason : 'other reasons'
        errors.set(name, (errors.get(name) ?? 0) + 1)
      },
    }),
    look(atMs) {
      const fresh = counts.sent - last.sent
      const seconds = Math.max((atMs - last.atMs) / 1000, 0.001)
      const ordered = newest(latencies, counts.sent, fresh).sort((a, b) => a - b)
      last = { atMs, sent: counts.sent }
      return {
        ...sum(),
        up: counts.up,
        perSecond: Math.round((fresh / seconds) * 10) / 10,
        ...(ordered.length > 0 && { p50Ms: percentile(ordered, 0.5), p99Ms: percentile(ordered, 0.99) }),
      }
    },
    sum,
  }
}

function newest(latencies: readonly number[], sent: number, fresh: number): number[] {
  const count = Math.min(fresh, mostLatencies)
  return Array.from({ length: count }, (_, index) => latencies[(sent - count + index) % mostLatencies] ?? 0)
}

/** Nearest rank, in tenths of a millisecond. */
const percentile = (ordered: readonly number[], part: number): number =>
  Math.round((ordered[Math.max(0, Math.ceil(ordered.length * part) - 1)] ?? 0) * 10) / 10
