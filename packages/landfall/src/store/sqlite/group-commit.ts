/**
 * Lists of changes that wait at the same time share one transaction and one fsync; each has a savepoint of its own,
 * so that a conflict takes back its own list and no other.
 *
 * The transaction runs in the event loop's check phase, after everything that came in by then has been read, and on
 * the main thread. Measured by three rows a commit from 16 clients on two cores: 56 us of CPU a commit, against 67 us
 * with the log's fsync in libuv's thread pool; with 0.8 ms of other work a request both did 1,120 a second. What a
 * second thread wins on a slow disk the batch wins too: while the disk writes, requests gather for the next.
 *
 * A record with its device and twin costs about 50 us so, and twice that where ids come in no order: each index then
 * has a page of its own to write. A record that only changes costs 17 us.
 */
import { type Change, StorageUnavailable } from '../store.ts'
import type { AttemptLog } from './attempts.ts'
import { storageFailure } from './failure.ts'
import type { Transactions } from './transaction.ts'

export interface GroupCommit {
  commit(changes: readonly Change[]): Promise<void>
  /** Writes what waits, at once; nobody is left waiting, and `health` tells how it went. */
  flush(): void
  health(): { readonly writable: boolean; readonly why?: string }
}

interface Waiting {
  readonly changes: readonly Change[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Parts {
  readonly transactions: Transactions
  readonly apply: (change: Change) => void
  readonly attempts: AttemptLog
  /** Writes a page and changes nothing. */
  readonly probe: () => void
  /** After each write: how the one before went, and this one. */
  readonly wrote: (before: StorageUnavailable | undefined, now: StorageUnavailable | undefined) => void
}

export function makeGroupCommit({ transactions, apply, attempts, probe, wrote }: Parts): GroupCommit {
  let waiting: Waiting[] = []
  let failure: StorageUnavailable | undefined

  function commit(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ changes, resolve, reject })
      if (waiting.length === 1) setImmediate(flushWaiting)
    })
  }

  /** Nothing waits any more where the store was closed in between. */
  function flushWaiting(): void {
    if (waiting.length > 0) flush()
  }

  function flush(): void {
    const lists = waiting
    waiting = []
    if (lists.length === 0 && attempts.waiting === 0 && !failure) return
    const before = failure
    try {
      const errors = transactions.run(lists.length > 0, () => write(lists))
      attempts.written()
      failure = undefined
      settle(lists, errors)
    } catch (error) {
      failure = storageFailure(error) ?? new StorageUnavailable('the database refused the write', { cause: error })
      for (const list of lists) list.reject(failure)
    }
    wrote(before, failure)
  }

  function write(lists: readonly Waiting[]): readonly unknown[] {
    if (failure) probe()
    const errors = lists.map((list) => transactions.attempt(() => list.changes.forEach(apply)))
    transactions.attempt(attempts.write)
    return errors
  }

  const health = () => (failure ? { writable: false, why: failure.message } : { writable: true })

  return { commit, flush, health }
}

function settle(lists: readonly Waiting[], errors: readonly unknown[]): void {
  for (const [index, list] of lists.entries()) {
    const error = errors[index]
    if (error === undefined) list.resolve()
    else list.reject(error)
  }
}
