/** A device that has an enrollment of its own: it must show what that one expects, and nothing else (contract/semantics 3.2). */
import { type IndividualEnrollment, idOf, type X509Attestation } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { Facts } from '../facts.ts'
import type { ShownChain } from '../shown.ts'
import { type Attested, type Case, concludeX509, namesOf, refuse } from './attested.ts'
import { attestBySharedKey } from './symmetric-key.ts'
import { attestByTpm } from './tpm.ts'
import { attestByIssuer, attestByOwnCertificate, demandOfReferences, type Proof } from './x509.ts'

export function attestForIndividual(enrollment: IndividualEnrollment, situation: Case): Attested {
  const { facts } = situation
  const { shown, id } = facts
  const { attestation } = enrollment
  if (shown.kind === 'sas' && attestation.type === 'symmetricKey') {
    const authentication = attestBySharedKey(attestation, shown.token)
    if (authentication) return { kind: 'admitted', enrollment, attestation: 'symmetricKey', authentication }
    return refuse({ reason: 'sas_wrong_key', facts: { id } }, { enrollment, attestation: 'symmetricKey' })
  }
  // a device with a TPM that asks again shows no keys (contract/device-api-amqp-tpm 10.1 step 5)
  if (shown.kind === 'sas' && attestation.type === 'tpm' && facts.registration?.tpm) return attestByTpm(situation)
  if (shown.kind === 'x509' && attestation.type === 'x509') {
    return concludeX509(proveCertificate(shown, enrollment, attestation, situation), enrollment, situation)
  }
  return refuse(wrongAttestation(enrollment, facts), { enrollment, attestation: mechanismOf(facts) })
}

function proveCertificate(
  chain: ShownChain,
  enrollment: IndividualEnrollment,
  attestation: X509Attestation,
  { facts, rules, request }: Case,
): Proof {
  const question = { chain, id: facts.id, at: request.at }
  switch (attestation.kind) {
    case 'clientCertificates':
      return attestByOwnCertificate(attestation, question, rules.options)
    case 'caReferences':
      return attestByIssuer(demandOfReferences(enrollment, attestation), facts.issuers, question, rules.provenPaths)
    case 'signingCertificates': // never saved for an individual (contract/semantics 2.3)
      return { says: [], fault: wrongAttestation(enrollment, facts) }
  }
}

const mechanismOf = ({ shown }: Facts) => (shown.kind === 'sas' ? 'symmetricKey' : 'x509')

function wrongAttestation(enrollment: IndividualEnrollment, facts: Facts): Fault {
  const expected = namesOf[enrollment.attestation.type]
  const shown = namesOf[mechanismOf(facts)]
  return { reason: 'wrong_attestation', facts: { id: facts.id, enrollment: idOf(enrollment), expected, shown } }
}
