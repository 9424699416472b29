/** A store in which every change is somebody's. */
import type { Store } from '../store/store.ts'
import type { Deed } from './deed.ts'

export function audited(store: Store, _deed: Deed): Store {
  return store
}
