/** May this device come in, and by which enrollment? (contract/semantics 3) */
import { type Enrollment, idOf } from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import type { RegistrationId } from '../ids.ts'
import {
  type Admitted,
  type Attested,
  type Case,
  type Challenged,
  namesOf,
  type Refused,
  type Rules,
  refuse,
} from './attest/attested.ts'
import { attestForGroup } from './attest/group.ts'
import { attestForIndividual } from './attest/individual.ts'
import { attestByTpm, refuseOnMqtt } from './attest/tpm.ts'
import { chooseEnrollment } from './choose-enrollment.ts'
import type { Facts } from './facts.ts'
import type { DeviceRequest } from './request.ts'
import type { Trail } from './trail.ts'

export type Admission =
  | ({ readonly kind: 'admitted' } & Admitted)
  /** Its credential is good, but its enrollment is switched off (contract/semantics 12.4). */
  | ({ readonly kind: 'disabled'; readonly fault: Fault } & Admitted)
  | ({ readonly kind: 'challenged' } & Challenged)
  | ({ readonly kind: 'refused' } & Refused)

export function admit(request: DeviceRequest, facts: Facts, rules: Rules, trail: Trail): Admission {
  const attested = attest({ request, facts, rules, trail })
  if (attested.kind !== 'admitted') return attested
  trail.found('attestation', `The device proved itself by ${namesOf[attested.attestation]}.`)
  return judgeStatus(facts.id, attested, facts.individual ?? attested.enrollment)
}

// after the credential, so that enrollments cannot be probed (contract/semantics 21.13)
function judgeStatus(id: RegistrationId, admitted: Admitted, deciding: Enrollment): Admission {
  if (deciding.provisioningStatus === 'enabled') return { ...admitted, kind: 'admitted' }
  return { ...admitted, kind: 'disabled', enrollment: deciding, fault: disabledFault(id, deciding) }
}

export function disabledFault(id: RegistrationId, enrollment: Enrollment): Fault {
  const reason = enrollment.kind === 'individual' ? 'enrollment_disabled' : 'group_disabled'
  return { reason, facts: { id, enrollment: idOf(enrollment) } }
}

function attest(situation: Case): Attested {
  const { facts, trail, request } = situation
  const { shown, individual, id } = facts
  if (shown.kind === 'faulty') return refuse(shown.fault, { attestation: shown.attestation })
  const overMqtt = refuseOnMqtt(request, facts)
  if (overMqtt) return refuse(overMqtt, { attestation: 'tpm', enrollment: individual })
  if (shown.kind === 'tpm') return attestByTpm(situation)
  const choice = chooseEnrollment(facts)
  if (choice.kind === 'group') {
    trail.found('enrollment', `There is no individual enrollment "${id}".`)
    return attestForGroup(situation)
  }
  trail.found('enrollment', `The individual enrollment "${idOf(choice.enrollment)}" decides.`)
  const own = attestForIndividual(choice.enrollment, situation)
  if (own.kind === 'admitted' || choice.enrollment.provisioningStatus === 'enabled') return own
  // contract/semantics 18 row 14: any good credential of this instance may learn that the device is barred
  const other = attestForGroup(situation)
  return other.kind === 'admitted' ? other : own
}
