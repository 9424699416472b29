/** The directory where everything is kept, readable by its owner only. */
import { mkdirSync } from 'node:fs'

export function makeDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Error(`The data directory ${path} cannot be made: ${reasonOf(error)}. Name another with --data.`)
  }
}

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'a file is in its place'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  return code === 'EROFS' ? 'the disk is read-only' : message
}

/** What the disk may answer to a write (errno.h). */
const diskCodes = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EISDIR'])

/** In words, where it was the disk that ended a start; else the error as it is. */
export function startFault(error: unknown, dataDir: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined || !diskCodes.has(code)) return error
  return new Error(
    `The data directory ${dataDir} cannot be written: ${message}. Make room, or make it writable, and start again.`,
    { cause: error },
  )
}
