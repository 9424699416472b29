/** Structured logs: one JSON object a line on standard error, for people and machines that collect them. */
import pino from 'pino'
import type { LogLevel } from '../config.ts'

/** What rooms need of a log; facts first, then the sentence. Never a key, a token or an Authorization header in it. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
  debug(facts: object, message: string): void
}

export function makeLog(level: LogLevel, stream: NodeJS.WritableStream = process.stderr): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // a second line of defence: nothing should put these into facts at all
      redact: {
        paths: ['authorization', 'password', 'sasToken', 'primaryKey', 'secondaryKey', '*.authorization', '*.password'],
        remove: true,
      },
    },
    unbreakable(stream),
  )
}

/** Where the reader of the log is gone, or its disk is full, lines are lost until it is mended; the service goes on. */
function unbreakable(stream: NodeJS.WritableStream): pino.DestinationStream {
  // one listener, however many services a process starts
  stream.off('error', loseIt).on('error', loseIt)
  return {
    write(line) {
      try {
        stream.write(line)
      } catch {
        // standard error on a file throws at once where others emit an error
      }
    },
  }
}

const loseIt = () => {}
