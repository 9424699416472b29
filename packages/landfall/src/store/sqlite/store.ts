/** The store on an open, migrated database. */
import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Timers } from '../../system.ts'
import { type ForgetBound, StorageUnavailable, type Store } from '../store.ts'
import { makeAttemptLog } from './attempts.ts'
import { makeAuditLog } from './audit.ts'
import { makeChanger } from './changes.ts'
import { forgetNowAndThen } from './forget-now-and-then.ts'
import { makeGroupCommit } from './group-commit.ts'
import { makeMail } from './mail.ts'
import { schemaVersion } from './migrations.ts'
import { makePresence } from './presence.ts'
import { answer, makeQuestions } from './questions.ts'
import { makeSubscriptions } from './subscriptions.ts'
import { makeTelemetry } from './telemetry.ts'
import { makeTransactions } from './transaction.ts'

/** Attempts are on disk within this time. */
const noteWithinMs = 200
/** How often a disk that failed is tried again. */
const retryAfterMs = 1000

export interface SqliteParts {
  readonly clock: Clock
  readonly timers: Timers
  readonly bound: ForgetBound
  readonly log: (message: string, facts: object) => void
}

export function makeSqliteStore(database: DatabaseSync, { clock, timers, bound, log }: SqliteParts): Store {
  const closing = new AbortController()
  const attempts = makeAttemptLog(database, bound, clock)
  const audit = makeAuditLog(database, bound, clock)
  audit.forget()
  const telemetry = makeTelemetry(database, bound, clock)
  telemetry.forget()
  const mail = makeMail(database, bound)
  const presence = makePresence(database)
  const subscriptions = makeSubscriptions(database)
  const version = schemaVersion(database)
  const transactions = makeTransactions(database)
  const writes = makeGroupCommit({
    transactions,
    apply: makeChanger(database, { audit, telemetry, mail, presence, subscriptions }),
    attempts,
    probe: () => database.exec(`PRAGMA user_version = ${version}`),
    wrote(before, now) {
      if (now && now.message !== before?.message) {
        log('cannot write to the store', { why: now.message, cause: now.cause })
      }
      if (before && !now) log('the store can be written again', { why: before.message })
      if (now) flushWithin(retryAfterMs)
    },
  })

  void forgetNowAndThen({ transactions, telemetry, timers, log }, closing.signal)

  let planned = false
  function flushWithin(ms: number): void {
    if (planned || closing.signal.aborted) return
    planned = true
    void timers.sleep(ms, closing.signal).then(() => {
      planned = false
      if (!closing.signal.aborted) writes.flush()
    })
  }

  async function close(): Promise<void> {
    if (closing.signal.aborted) return
    closing.abort()
    writes.flush()
    database.close()
  }

  return {
    ...makeQuestions(database),
    attempt: (trackingId) => answer(() => attempts.find(trackingId)),
    attempts: (question) => answer(() => attempts.list(question)),
    audit: (question) => answer(() => audit.list(question)),
    auditKey: () => answer(() => audit.key()),
    presence: (hub, deviceId) => answer(() => presence.find(hub, deviceId)),
    subscriptions: (of) => answer(() => subscriptions.find(of)),
    telemetry: (question) => answer(() => telemetry.read(question)),
    telemetrySpan: (hub, partition) => answer(() => telemetry.span(hub, partition)),
    telemetryPlace: (hub, partition, place) => answer(() => telemetry.place(hub, partition, place)),
    cloudMessages: ({ limit, ...of }) => answer(() => mail.messages(of, limit)),
    cloudMessageCount: (of) => answer(() => mail.count(of)),
    expiredCloudMessages: (at, limit) => answer(() => mail.expired(at, limit)),
    feedback: (hub, limit) => answer(() => mail.feedback(hub, limit)),
    async commit(changes) {
      if (closing.signal.aborted) throw new StorageUnavailable('the store is closed')
      await writes.commit(changes)
    },
    note(attempt) {
      attempts.note(attempt)
      flushWithin(noteWithinMs)
    },
    health: writes.health,
    close,
    [Symbol.asyncDispose]: close,
  }
}
