/** May this device come in, and by which enrollment? (contract/semantics 3) */
import {
  type Attestation,
  type Enrollment,
  type EnrollmentGroup,
  type IndividualEnrollment,
  idOf,
} from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import type { DeviceAuthentication } from '../hub/device.ts'
import { attestBySharedKey, type DerivedKeys, findKeyedGroup, spellingsOf } from './attest/symmetric-key.ts'
import { refuseTpm } from './attest/tpm.ts'
import {
  attestByIssuer,
  attestByOwnCertificate,
  demandOfGroup,
  demandOfReferences,
  explainUnknown,
  type Proof,
  type ProvenPaths,
} from './attest/x509.ts'
import { chooseEnrollment, chooseGroup } from './choose-enrollment.ts'
import type { Facts } from './facts.ts'
import type { RegistrationOptions } from './options.ts'
import type { AttestationType } from './record.ts'
import type { DeviceRequest } from './request.ts'
import type { Trail } from './trail.ts'

export interface Rules {
  readonly options: RegistrationOptions
  readonly derivedKeys: DerivedKeys
  readonly provenPaths: ProvenPaths
}

export interface Admitted {
  readonly enrollment: Enrollment
  readonly attestation: AttestationType
  /** What the hub will know the device by. */
  readonly authentication: DeviceAuthentication
}

export interface Refused {
  readonly fault: Fault
  readonly enrollment?: Enrollment
  readonly attestation?: AttestationType
}

export type Admission =
  | ({ readonly kind: 'admitted' } & Admitted)
  /** Its credential is good, but its enrollment is switched off (contract/semantics 12.4). */
  | ({ readonly kind: 'disabled'; readonly fault: Fault } & Admitted)
  | ({ readonly kind: 'refused' } & Refused)

interface Case {
  readonly request: DeviceRequest
  readonly facts: Facts
  readonly rules: Rules
  readonly trail: Trail
}

export function admit(request: DeviceRequest, facts: Facts, rules: Rules, trail: Trail): Admission {
  const admission = attest({ request, facts, rules, trail })
  if (admission.kind === 'refused') return admission
  trail.found('attestation', `The device proved itself by ${namesOf[admission.attestation]}.`)
  return judgeStatus(admission, facts.individual ?? admission.enrollment)
}

function judgeStatus(admitted: Admitted, deciding: Enrollment): Admission {
  if (deciding.provisioningStatus === 'enabled') return { ...admitted, kind: 'admitted' }
  const reason = deciding.kind === 'individual' ? 'enrollment_disabled' : 'group_disabled'
  const fault = { reason, facts: { enrollment: idOf(deciding) } } as const
  return { ...admitted, kind: 'disabled', enrollment: deciding, fault }
}

type Attested = ({ readonly kind: 'admitted' } & Admitted) | ({ readonly kind: 'refused' } & Refused)

function attest(situation: Case): Attested {
  const { facts, trail } = situation
  const { shown, individual, id } = facts
  if (shown.kind === 'faulty') return refuse(shown.fault, { attestation: shown.attestation })
  if (shown.kind === 'tpm') return refuse(refuseTpm(id, individual), { attestation: 'tpm', enrollment: individual })
  const choice = chooseEnrollment(facts)
  if (choice.kind !== 'individual') {
    trail.found('enrollment', `There is no individual enrollment "${id}".`)
    return attestForGroup(situation)
  }
  trail.found('enrollment', `The individual enrollment "${idOf(choice.enrollment)}" decides.`)
  const own = attestForIndividual(choice.enrollment, situation)
  if (own.kind === 'admitted' || choice.enrollment.provisioningStatus === 'enabled') return own
  // contract/semantics 18 row 14, 21.13: any good credential of this instance may learn that the device is barred
  const other = attestForGroup(situation)
  return other.kind === 'admitted' ? other : own
}

function attestForIndividual(enrollment: IndividualEnrollment, situation: Case): Attested {
  const { facts, rules } = situation
  const { shown, id } = facts
  const { attestation } = enrollment
  if (shown.kind === 'sas' && attestation.type === 'symmetricKey') {
    const authentication = attestBySharedKey(attestation, shown.token)
    if (authentication) return { kind: 'admitted', enrollment, attestation: 'symmetricKey', authentication }
    return refuse({ reason: 'sas_wrong_key', facts: { id } }, { enrollment, attestation: 'symmetricKey' })
  }
  if (shown.kind === 'x509' && attestation.type === 'x509') {
    const question = { chain: shown, id, at: situation.request.at }
    const proof =
      attestation.kind === 'clientCertificates'
        ? attestByOwnCertificate(attestation, question, rules.options.individualIgnoreExpiry)
        : attestation.kind === 'caReferences'
          ? attestByIssuer(demandOfReferences(enrollment, attestation), facts.issuers, question, rules.provenPaths)
          : ({ says: [], fault: wrongAttestation(enrollment, facts) } as const)
    return concludeX509(proof, enrollment, situation)
  }
  return refuse(wrongAttestation(enrollment, facts), { enrollment, attestation: mechanismOf(facts) })
}

function attestForGroup(situation: Case): Attested {
  const { facts, rules, trail } = situation
  const { shown, id, issuers } = facts
  const choice = chooseGroup(facts)
  if (choice.kind === 'groupsOfKeys' && shown.kind === 'sas') {
    const spellings = spellingsOf(id, facts.registration?.registrationId, rules.options.foldIdCase)
    const found = findKeyedGroup(choice.enrollments, spellings, shown.token, rules.derivedKeys)
    if (!found) return refuseKey(facts, choice.enrollments.length)
    trail.found('enrollment', `The key is derived from that of the enrollment group "${found.group.groupId}".`)
    return {
      kind: 'admitted',
      enrollment: found.group,
      attestation: 'symmetricKey',
      authentication: found.authentication,
    }
  }
  if (shown.kind !== 'x509') return refuse({ reason: 'credentials_missing', facts: { id } })
  const question = { chain: shown, id, at: situation.request.at }
  if (choice.kind !== 'groupOfIssuer') return refuse(explainUnknown(issuers, question), { attestation: 'x509' })
  const { enrollment } = choice
  trail.found('enrollment', `The enrollment group "${enrollment.groupId}" has the nearest certificate of the chain.`)
  return concludeX509(
    attestByIssuer(demandOfGroup(enrollment), issuers, question, rules.provenPaths),
    enrollment,
    situation,
  )
}

// A first try without any group can only mean that nothing is enrolled; else the key may be wrong as well
function refuseKey({ id, registration }: Facts, groups: number): Attested {
  const known = registration?.attestation === 'symmetricKey' && groups > 0
  const fault: Fault = known
    ? { reason: 'sas_wrong_key', facts: { id } }
    : { reason: 'unknown_enrollment', facts: { id, attestation: 'SAS token' } }
  return refuse(fault, { attestation: 'symmetricKey' })
}

function concludeX509(proof: Proof, enrollment: Enrollment, { facts, trail }: Case): Attested {
  for (const says of proof.says) trail.found('attestation', says)
  if ('fault' in proof) return refuse(proof.fault, { enrollment, attestation: 'x509' })
  const thumbprint = facts.shown.kind === 'x509' ? facts.shown.leaf.sha256Thumbprint : ''
  // contract/semantics 10.1, 10.2: the certificate that was shown, in both slots
  const authentication = { type: 'selfSigned', primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint } as const
  return { kind: 'admitted', enrollment, attestation: 'x509', authentication }
}

const refuse = (fault: Fault, who: Omit<Refused, 'fault'> = {}): Attested => ({ kind: 'refused', fault, ...who })

const namesOf: Record<AttestationType, string> = {
  symmetricKey: 'a symmetric key',
  x509: 'an X.509 certificate',
  tpm: 'a TPM',
}

const mechanismOf = ({ shown }: Facts): AttestationType => (shown.kind === 'sas' ? 'symmetricKey' : 'x509')

function wrongAttestation(enrollment: IndividualEnrollment | EnrollmentGroup, facts: Facts): Fault {
  const expected = namesOf[expectedOf(enrollment.attestation)]
  const shown = namesOf[mechanismOf(facts)]
  return { reason: 'wrong_attestation', facts: { id: facts.id, enrollment: idOf(enrollment), expected, shown } }
}

const expectedOf = ({ type }: Attestation): AttestationType => type
