/** What a store throws, in the catalogue's words, for every API that asks it directly. */
import { ProvisioningError } from '../fault.ts'
import { Conflict, StorageUnavailable } from './store.ts'

export function refusalOfStore(error: unknown): ProvisioningError | undefined {
  if (error instanceof Conflict) return new ProvisioningError('precondition_failed', { id: error.key })
  if (error instanceof StorageUnavailable)
    return new ProvisioningError('storage_unavailable', { why: error.message }, { cause: error })
  return
}
