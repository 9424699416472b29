/** Creating, replacing and deleting under an etag (contract/service-api 6.4). */
import { ProvisioningError, type Reason } from '../fault.ts'
import { type Etag, etagMatches } from '../ids.ts'
import type { Expect } from '../store/store.ts'

export { untilCommitted } from '../store/until-committed.ts'

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
