/**
 * Attempts wait in memory and are written in batches, so that nobody waits for them and a flood of refusals costs
 * no fsync (design: Truth). Both the waiting and the written ones are bounded; the oldest go first.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { RegistrationKey, TrackingId } from '../../ids.ts'
import type { Attempt } from '../../registration/attempt.ts'
import type { Clock } from '../../system.ts'
import type { ForgetBound } from '../store.ts'

/** About 4 MiB at the size of an ordinary attempt. */
const mostWaiting = 4096
/** Old ones that one write forgets at most: keeps each write short, and more than a batch usually brings. */
const mostForgotten = 1000

export interface AttemptLog {
  note(attempt: Attempt): void
  readonly waiting: number
  /** Into the open transaction; `written` says that it holds. What cannot be written for its own sake is given up. */
  write(): void
  written(): void
  find(trackingId: TrackingId): Attempt | undefined
  list(question: { readonly key?: RegistrationKey; readonly limit: number }): readonly Attempt[]
}

export function makeAttemptLog(database: DatabaseSync, bound: ForgetBound, clock: Clock): AttemptLog {
  const statements = prepareAttempts(database)
  const waiting: Attempt[] = []
  let inTransaction = 0

  return {
    note(attempt) {
      if (waiting.length >= mostWaiting) waiting.shift()
      waiting.push(attempt)
    },

    get waiting() {
      return waiting.length
    },

    write() {
      inTransaction = waiting.length
      if (inTransaction === 0) return
      for (const attempt of waiting) {
        statements.add.run(attempt.trackingId, attempt.key ?? null, attempt.at, JSON.stringify(attempt))
      }
      statements.forgetSurplus.run(bound.attempts, mostForgotten + inTransaction)
      statements.forgetAged.run(mostForgotten, clock.now() - bound.attemptAgeMs)
    },

    written() {
      waiting.splice(0, inTransaction)
      inTransaction = 0
    },

    find(trackingId) {
      const unwritten = waiting.findLast((attempt) => attempt.trackingId === trackingId)
      return unwritten ?? statements.find.all(trackingId).map(read)[0]
    },

    list({ key, limit }) {
      const unwritten = waiting
        .filter((attempt) => key === undefined || attempt.key === key)
        .reverse()
        .slice(0, limit)
      const rest = limit - unwritten.length
      const rows = key === undefined ? statements.newest.all(rest) : statements.newestOf.all(key, rest)
      return [...unwritten, ...rows.map(read)]
    },
  }
}

function prepareAttempts(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql)
  return {
    add: prepare('INSERT INTO attempts (tracking_id, key, at, document) VALUES (?, ?, ?, ?)'),
    find: prepare('SELECT document FROM attempts WHERE tracking_id = ? ORDER BY number DESC LIMIT 1'),
    newest: prepare('SELECT document FROM attempts ORDER BY number DESC LIMIT ?'),
    newestOf: prepare('SELECT document FROM attempts WHERE key = ? ORDER BY number DESC LIMIT ?'),
    // numbers have no gaps, since only the oldest are ever deleted but for a clock that was set back
    forgetSurplus: prepare(
      `DELETE FROM attempts WHERE number <= min((SELECT max(number) FROM attempts) - ?1,
                                                (SELECT min(number) FROM attempts) + ?2)`,
    ),
    // the oldest decides how far is looked: not at all while it is young, else a scan of the others costs 76 us a write
    forgetAged: prepare(
      `DELETE FROM attempts WHERE number < CASE WHEN (SELECT at FROM attempts ORDER BY number LIMIT 1) < ?2
                                                THEN (SELECT min(number) FROM attempts) + ?1 ELSE 0 END AND at < ?2`,
    ),
  }
}

const read = (row: Readonly<Record<string, unknown>>) => JSON.parse(String(row.document)) as Attempt
