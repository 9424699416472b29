/** A store that tells what its commits changed, and of which kinds that is, once they are on disk. */
import type { Change, Kind, Store } from '../store/store.ts'

export function watched(
  store: Store,
  changed: (kinds: ReadonlySet<Kind>) => void,
  committed: (changes: readonly Change[]) => void | Promise<void> = () => {},
): Store {
  return {
    ...store,
    async commit(changes) {
      await store.commit(changes)
      await committed(changes)
      const kinds = new Set(changes.map(kindOf).filter((kind) => kind !== undefined))
      if (kinds.size > 0) changed(kinds)
    },
  }
}

/** With a hub go its devices; operations are nobody's business but the engine's. */
function kindOf(change: Change): Kind | undefined {
  const what = 'put' in change ? change.put : 'delete' in change ? change.delete : undefined
  if (what === 'operation') return
  return what === 'hub' ? 'device' : what
}
