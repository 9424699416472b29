/** What is too old goes though nothing new comes: a hub that is idle keeps its word about how long it keeps telemetry. */
import type { Timers } from '../../system.ts'
import type { SqliteTelemetry } from './telemetry.ts'
import type { Transactions } from './transaction.ts'

const everyMs = 60_000
/** Between two pieces of a lot: others come in between. */
const pauseMs = 20

interface Parts {
  readonly transactions: Transactions
  readonly telemetry: SqliteTelemetry
  readonly timers: Timers
  readonly log: (message: string, facts: object) => void
}

/** A look that finds nothing writes nothing; what it deletes is fsynced with whatever is written next. */
export async function forgetNowAndThen({ transactions, telemetry, timers, log }: Parts, closing: AbortSignal) {
  for (let wait = everyMs; ; ) {
    await timers.sleep(wait, closing)
    if (closing.aborted) return
    try {
      wait = transactions.run('later', () => telemetry.forgetSome()) > 0 ? pauseMs : everyMs
    } catch (error) {
      wait = everyMs
      log('old telemetry could not be forgotten; it is tried again', { cause: error })
    }
  }
}
