/** Once a day, and at the start: a line that names what has expired or soon will. */
import { type Expiring, type ExpiryParts, expiringCertificates } from '../instance/expiring.ts'
import type { Log } from '../observe/log.ts'
import type { Timers } from '../system.ts'

interface Parts extends ExpiryParts {
  readonly timers: Timers
  readonly log: Pick<Log, 'warn'>
}

const dayMs = 86_400_000
/** As the portal and `landfall certificate expiring` ask where nothing else is said. */
const days = 30
/** What a line can name; "and more" stands for the rest. */
const mostNames = 50

export async function tellOfExpiry(parts: Parts, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await tell(parts)
    await parts.timers.sleep(dayMs, stop)
  }
}

async function tell(parts: Parts): Promise<void> {
  try {
    const { items, next } = await expiringCertificates({ days, limit: mostNames }, parts)
    if (items.length === 0) return
    const facts = { expired: namesOf(items, true), soon: namesOf(items, false), more: next !== undefined }
    parts.log.warn(facts, `certificates have expired, or will within ${days} days`)
  } catch (error) {
    parts.log.warn({ err: error }, 'which certificates expire could not be read')
  }
}

const namesOf = (items: readonly Expiring[], expired: boolean): readonly string[] =>
  items
    .filter((item) => item.expired === expired)
    .map(({ kind, name, slot, notAfterUtc }) => `${kind} ${name}${slot ? ` (${slot})` : ''} ${notAfterUtc}`)
