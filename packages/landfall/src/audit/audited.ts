/** A store in which every change is somebody's: it is on disk together with the entry that tells of it, or not at all. */
import { type Change, Conflict, type Store } from '../store/store.ts'
import type { Deed } from './deed.ts'
import type { AuditEntry } from './entry.ts'
import { prepare } from './prepare.ts'
import { thingOf } from './things.ts'

/** Told of each entry once it is on disk. */
export type OnAudit = (entry: AuditEntry) => void

/**
 * Of those who write one thing at the same time one wins each time. Beyond so many at once the caller is told of the
 * conflict, and most callers try again themselves.
 */
const mostTries = 20

/** Longer than any name of ours; what a token of somebody else's says may be as long as a header. */
const longestName = 256

export function audited(store: Store, deedAsIs: Deed, onAudit?: OnAudit): Store {
  const deed = withinBounds(deedAsIs)
  return { ...store, commit: (changes) => commitAs(deed, changes, store, onAudit) }
}

export const withinBounds = ({ actor, ...rest }: Deed): Deed => ({
  ...rest,
  actor: { ...actor, name: actor.name.slice(0, longestName) },
})

async function commitAs(deed: Deed, changes: readonly Change[], store: Store, onAudit?: OnAudit): Promise<void> {
  const entries = await commitWithEntries(deed, changes, store)
  if (onAudit) entries.forEach(onAudit)
}

/** What was read may have changed before it is written; whoever did not ask for a certain etag need not know. */
async function commitWithEntries(deed: Deed, changes: readonly Change[], store: Store): Promise<readonly AuditEntry[]> {
  for (let tries = 1; ; tries++) {
    const prepared = await prepare(changes, store, deed)
    try {
      await store.commit([
        ...prepared.changes,
        ...prepared.entries.map((entry) => ({ append: 'audit', entry }) as const),
      ])
      return prepared.entries
    } catch (error) {
      if (!(error instanceof Conflict) || tries === mostTries || isCallers(error, changes)) throw error
    }
  }
}

/** Whether it breaks what the caller himself expected, and not only that nothing changes after our look. */
function isCallers({ kind, key, found }: Conflict, changes: readonly Change[]): boolean {
  const broken = changes.find((change) => {
    const thing = thingOf(change)
    return thing?.kind === kind && thing.key === key
  })
  if (!broken || !('expect' in broken)) return false
  return broken.expect !== 'any' && !(broken.expect === 'present' && found !== undefined)
}
