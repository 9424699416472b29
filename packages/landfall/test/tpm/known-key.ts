/** A good endorsement key for enrollments that no device comes to; it is public, as all are. */
import { makeFakeKey } from './fake-tpm.ts'

export const someEndorsementKey = makeFakeKey('ek', 'p256').text
