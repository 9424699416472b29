/** Transactions and savepoints. Both run their work at once: there is never an await between begin and commit. */
import type { DatabaseSync } from 'node:sqlite'
import { storageFailure } from './failure.ts'

export interface Transactions {
  /** `durable`: fsynced at the end. `later`: by the next durable one, since they share one log. */
  run<Value>(onDisk: 'durable' | 'later', work: () => Value): Value
  /** Inside a transaction: takes back what failing work has written, and gives the error; the disk's own fault is thrown. */
  attempt(work: () => void): unknown
}

export function makeTransactions(database: DatabaseSync): Transactions {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const savepoint = database.prepare('SAVEPOINT list')
  const release = database.prepare('RELEASE list')
  const takeBack = database.prepare('ROLLBACK TO list')

  function run<Value>(onDisk: 'durable' | 'later', work: () => Value): Value {
    if (onDisk === 'later') database.exec('PRAGMA synchronous = NORMAL')
    try {
      begin.run()
      const value = work()
      commit.run()
      return value
    } finally {
      // some failures have rolled back already (sqlite.org/lang_transaction.html 3)
      if (database.isTransaction) database.exec('ROLLBACK')
      if (onDisk === 'later') database.exec('PRAGMA synchronous = FULL')
    }
  }

  function attempt(work: () => void): unknown {
    savepoint.run()
    try {
      work()
    } catch (error) {
      if (storageFailure(error)) throw error
      takeBack.run()
      return error
    } finally {
      if (database.isTransaction) release.run()
    }
  }

  return { run, attempt }
}
