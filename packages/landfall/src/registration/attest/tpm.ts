/** TPM attestation: only an individual enrollment can demand it (contract/semantics 3.10, 7). */
import type { IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { RegistrationId } from '../../ids.ts'

// contract/semantics 7.8: the one mechanism where an unknown id is said to be unknown
export function refuseTpm(id: RegistrationId, individual: IndividualEnrollment | undefined): Fault {
  if (!individual) return { reason: 'tpm_unknown_enrollment', facts: { id } }
  const message = `The device "${id}" attests by TPM, which this version does not serve. Enroll it with an X.509 certificate or a symmetric key.`
  return { reason: 'invalid', facts: { message } }
}
