/** Something that is due again and again, for streams that look at the clock by themselves. */
import type { Instant } from '../system.ts'

export function every(ms: number, began: Instant) {
  let last = began
  return {
    isDue(now: Instant): boolean {
      if (now - last < ms) return false
      last = now
      return true
    },
    restart(now: Instant) {
      last = now
    },
  }
}
