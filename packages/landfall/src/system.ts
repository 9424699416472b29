/**
 * Time and chance. Nothing else in the program asks the machine for them, so that expiry, races and
 * crashes can be tested by writing them down.
 */
import { randomBytes, randomUUID } from 'node:crypto'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

export interface Clock {
  /** What rules judge by; may be shifted (`serve --clock`). */
  now(): Instant
  /** The same moment by the machine's own clock, where `now` is shifted. */
  machine?(): Instant
}

/** By which clients make their tokens and judge our server certificate, though the service rehearses the future. */
export const machineNow = (clock: Clock): Instant => clock.machine?.() ?? clock.now()

export interface Random {
  bytes(count: number): Uint8Array
  uuid(): string
}

export interface Timers {
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface System {
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
}

/** The machine's own clock, shifted so that it starts at `startAt` (`serve --clock`). */
export function realSystem(startAt?: Instant): System {
  const shift = startAt === undefined ? 0 : startAt - Date.now()
  return {
    clock: { now: () => Date.now() + shift, machine: () => Date.now() },
    random: realRandom,
    timers: realTimers,
  }
}

/** Node puts a UUID together of twenty pieces, and V8 keeps them all for as long as it: half a KiB instead of 56 bytes. */
const inOnePiece = (text: string) => Buffer.from(text, 'latin1').toString('latin1')

export const realRandom: Random = { bytes: takeRandomBytes, uuid: () => inOnePiece(randomUUID()) }

/** One call of the generator costs 3 µs, whatever it gives: the few bytes of an id are cut from a larger piece. */
const pieceBytes = 4096
let piece = Buffer.alloc(0)

function takeRandomBytes(count: number): Uint8Array {
  if (count > pieceBytes / 16) return randomBytes(count)
  if (piece.length < count) piece = randomBytes(pieceBytes)
  const taken = Uint8Array.from(piece.subarray(0, count))
  piece.fill(0, 0, count)
  piece = piece.subarray(count)
  return taken
}

export const realTimers: Timers = {
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, ms)
      function done() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      signal?.addEventListener('abort', done, { once: true })
    })
  },
}

/** A clock that can be set while the service runs (`serve --dev`, PUT /clock). */
export interface AdjustableClock extends Clock {
  set(at: Instant): void
}

export function adjustable(base: Clock): AdjustableClock {
  let shift = 0
  return {
    now: () => base.now() + shift,
    machine: () => machineNow(base),
    set(at) {
      shift = at - base.now()
    },
  }
}
