/** Opens the database file: readable by its owner only, held by one process, brought to the newest schema. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock, Timers } from '../../system.ts'
import type { ForgetBound, Store } from '../store.ts'
import { resultCode, storageFailure } from './failure.ts'
import { migrate } from './migrations.ts'
import { makeSqliteStore } from './store.ts'

export interface SqliteOptions {
  /** The file; `:memory:` for a store that is gone when closed. */
  readonly path: string
  readonly clock: Clock
  readonly timers: Timers
  /** What it leaves out is as usual. */
  readonly bound?: Partial<ForgetBound>
  readonly log?: (message: string, facts: object) => void
}

const dayMs = 24 * 3600 * 1000

/** About 150 MB of attempts at most, and a week to look back; of changes, a year; of telemetry, a day. */
const defaultBound: ForgetBound = {
  attempts: 100_000,
  attemptAgeMs: 7 * dayMs,
  auditEntries: 100_000,
  auditAgeMs: 365 * dayMs,
  telemetryBytes: 256 * 1024 * 1024,
  telemetryAgeMs: dayMs,
  feedbacks: 10_000,
}

/** The database cannot be used; the message says why and what to do. */
export class CannotOpen extends Error {
  constructor(path: string, why: string, options?: { cause?: unknown }) {
    super(`The database ${path} cannot be opened: ${why}.`, options)
    this.name = 'CannotOpen'
  }
}

export async function openSqlite({ path, clock, timers, bound, log = () => {} }: SqliteOptions): Promise<Store> {
  try {
    return makeSqliteStore(openDatabase(path), { clock, timers, bound: { ...defaultBound, ...bound }, log })
  } catch (error) {
    throw new CannotOpen(path, whyNot(error), { cause: error })
  }
}

/** For the first questions to a store: that its file is damaged is seen only when the damaged pages are read. */
export const orCannotOpen = (path: string) => (error: unknown) => {
  throw storageFailure(error) ? new CannotOpen(path, whyNot(error), { cause: error }) : error
}

function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') ownFile(path)
  const database = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: true })
  try {
    database.exec(settings)
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * The exclusive lock is the operating system's and ends with the process, however it ends: a second process is
 * refused, a restart after a crash is not. It also keeps the index of the log in memory, so that a full disk cannot
 * tear a shared mapping.
 */
const settings = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -32768;
PRAGMA journal_size_limit = 67108864;
`

function ownFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function whyNot(error: unknown): string {
  if (resultCode(error) === 5) return 'another process is using it. Stop that one first, or take another data directory'
  return storageFailure(error)?.message ?? (error instanceof Error ? error.message : String(error))
}
