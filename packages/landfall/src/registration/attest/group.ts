/** A device that comes in as one of many: by a key derived from its group's, or a certificate under its group's. */
import type { EnrollmentGroup } from '../../enrollment/enrollment.ts'
import type { SasToken } from '../../sas/token.ts'
import { chooseGroup } from '../choose-enrollment.ts'
import type { ShownChain } from '../shown.ts'
import { type Attested, type Case, concludeX509, refuse } from './attested.ts'
import { findKeyedGroup, spellingsOf } from './symmetric-key.ts'
import { attestByIssuer, demandOfGroup, explainUnknown } from './x509.ts'

export function attestForGroup(situation: Case): Attested {
  const { shown, groups, id } = situation.facts
  if (shown.kind === 'sas') return attestByDerivedKey(shown.token, groups, situation)
  if (shown.kind === 'x509') return attestByChain(shown, chooseGroup(groups), situation)
  return refuse({ reason: 'credentials_missing', facts: { id } })
}

function attestByDerivedKey(token: SasToken, groups: readonly EnrollmentGroup[], situation: Case): Attested {
  const { facts, rules, trail } = situation
  const spellings = spellingsOf(facts.id, facts.registration?.registrationId, rules.options.foldIdCase)
  const found = findKeyedGroup(groups, spellings, token, rules.derivedKeys)
  if (!found) return refuseKey(situation)
  const { group: enrollment, authentication } = found
  trail.found('enrollment', `The key is derived from that of the enrollment group "${enrollment.groupId}".`)
  return { kind: 'admitted', enrollment, attestation: 'symmetricKey', authentication }
}

// A device that was in this group before has the wrong key; of a stranger, it cannot be told from having no enrollment
function refuseKey({ facts: { id, groups, registration } }: Case): Attested {
  const knownHere = registration?.attestation === 'symmetricKey' && groups.length > 0
  return refuse(
    knownHere
      ? { reason: 'sas_wrong_key', facts: { id } }
      : { reason: 'unknown_enrollment', facts: { id, attestation: 'SAS token' } },
    { attestation: 'symmetricKey' },
  )
}

function attestByChain(chain: ShownChain, enrollment: EnrollmentGroup | undefined, situation: Case): Attested {
  const { facts, rules, trail, request } = situation
  const question = { chain, id: facts.id, at: request.at }
  if (!enrollment) {
    const { fault, found } = explainUnknown(facts.issuers, question)
    return refuse(fault, { attestation: 'x509', found })
  }
  trail.found('enrollment', `The enrollment group "${enrollment.groupId}" has the nearest certificate of the chain.`)
  const proof = attestByIssuer(demandOfGroup(enrollment), facts.issuers, question, rules.provenPaths)
  return concludeX509(proof, enrollment, situation)
}
