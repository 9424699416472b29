/** SQLite's result codes, in the words of whoever has to mend the disk (sqlite.org/rescode.html). */
import { StorageUnavailable } from '../store.ts'

const reasons: Readonly<Record<number, string>> = {
  5: 'another process holds the database',
  7: 'there is not enough memory',
  8: 'the database is read-only',
  10: 'the disk reports an input/output error',
  11: 'the database file is damaged',
  13: 'the disk is full',
  14: 'the database file cannot be opened',
  26: 'the file is not a database',
}

/** The low byte is the code, the rest says where in SQLite it happened. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return
  return error.errcode & 0xff
}

/** Why the disk would not; undefined: it was not the disk. */
export function storageFailure(error: unknown): StorageUnavailable | undefined {
  if (error instanceof StorageUnavailable) return error
  const why = reasons[resultCode(error) ?? 0]
  return why === undefined ? undefined : new StorageUnavailable(why, { cause: error })
}
