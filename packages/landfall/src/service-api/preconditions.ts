/** Creating, replacing and deleting under an etag (contract/service-api 6.4). */
import { ProvisioningError, type Reason } from '../fault.ts'
import { type Etag, etagMatches } from '../ids.ts'
import { Conflict, type Expect } from '../store/store.ts'

export interface Subject {
  /** For the sentence. */
  readonly id: string
  readonly missing: Reason
  readonly exists: Reason
}

interface Stored {
  readonly etag: Etag
}

/** `condition`: the If-Match of a PUT; without one the thing must not be there. */
export function expectToSave(subject: Subject, condition: string | undefined, stored: Stored | undefined): Expect {
  if (condition !== undefined) return expectToChange(subject, condition, stored)
  if (stored) throw new ProvisioningError(subject.exists, { id: subject.id })
  return 'absent'
}

/** `condition`: the If-Match of a DELETE; without one anything that is there will do. */
export function expectToChange(
  { id, missing }: Pick<Subject, 'id' | 'missing'>,
  condition: string | undefined,
  stored: Stored | undefined,
): Expect {
  if (!stored) throw new ProvisioningError(missing, { id })
  if (condition !== undefined && !etagMatches(condition, stored.etag)) {
    throw new ProvisioningError('precondition_failed', { id })
  }
  return { etag: stored.etag }
}

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
