/** Waiting for something, but not for ever. */
import type { Timers } from '../system.ts'

/** What came of `promise` within `ms`; undefined where nothing did. */
export async function waitFor<Value>(promise: Promise<Value>, ms: number, timers: Timers): Promise<Value | undefined> {
  const enough = new AbortController()
  try {
    return await Promise.race([promise, timers.sleep(ms, enough.signal).then(() => undefined)])
  } finally {
    enough.abort()
  }
}
