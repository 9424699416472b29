/** Looking, deciding and committing, as often as somebody else was faster. */
import { ProvisioningError } from '../fault.ts'
import { Conflict } from './store.ts'

/** Others may write between our look and our commit. */
const mostLooks = 5

/**
 * Looks, decides and commits; where somebody else was faster, looks again. What then stands there decides: a
 * wildcard goes on, a create finds the thing there, an etag has become stale.
 */
export async function untilCommitted<Value>(id: string, attempt: () => Promise<Value>): Promise<Value> {
  for (let looks = 0; looks < mostLooks; looks += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
    }
  }
  throw new ProvisioningError('precondition_failed', { id })
}
