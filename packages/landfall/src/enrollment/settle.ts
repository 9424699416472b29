/** A draft joined with what is stored: what clients cannot know is kept (contract/service-api 9). */
import { ProvisioningError } from '../fault.ts'
import { type HubName, makeEtag } from '../ids.ts'
import { generateKey } from '../sas/key.ts'
import type { Instant, Random } from '../system.ts'
import { readParentKey } from '../tpm/public-area.ts'
import type {
  AttestationDraft,
  CertificatesDraft,
  EnrollmentDraft,
  GroupDraft,
  IndividualDraft,
  SlotDraft,
  SymmetricKeyDraft,
} from './draft.ts'
import type {
  Attestation,
  EnrolledCertificate,
  Enrollment,
  EnrollmentGroup,
  IndividualEnrollment,
  SymmetricKeyAttestation,
  TpmAttestation,
} from './enrollment.ts'
import { invalid } from './fields.ts'

export interface Standing<E extends Enrollment> {
  /** What the update replaces; undefined: the enrollment is new. */
  readonly previous: E | undefined
  readonly linkedHubs: readonly HubName[]
  readonly at: Instant
  readonly random: Random
}

export function settleIndividual(
  { notes: _, attestation, ...draft }: IndividualDraft,
  standing: Standing<IndividualEnrollment>,
): IndividualEnrollment {
  requireLinkedHubs(draft, standing)
  const { previous } = standing
  // the spelling that was sent first stays (contract/service-api 11.1)
  const registrationId = previous?.registrationId ?? draft.registrationId
  return { ...draft, registrationId, ...settled(attestation, standing) }
}

export function settleGroup(
  { notes: _, attestation, ...draft }: GroupDraft,
  standing: Standing<EnrollmentGroup>,
): EnrollmentGroup {
  requireLinkedHubs(draft, standing)
  const groupId = standing.previous?.groupId ?? draft.groupId
  return { ...draft, groupId, ...settled(attestation, standing) }
}

function settled(attestation: AttestationDraft, { previous, at, random }: Standing<Enrollment>) {
  return {
    attestation: settleAttestation(attestation, previous?.attestation, random),
    etag: makeEtag(random),
    createdAt: previous?.createdAt ?? at,
    updatedAt: at,
  }
}

/** Hubs that were unlinked since stay: reading an enrollment, changing a tag and sending it back must work. */
function requireLinkedHubs({ iotHubs }: Pick<EnrollmentDraft, 'iotHubs'>, standing: Standing<Enrollment>): void {
  const allowed = [...standing.linkedHubs, ...(standing.previous?.iotHubs ?? [])]
  const stranger = iotHubs?.find((hub) => !allowed.includes(hub))
  if (stranger === undefined) return
  const linked = standing.linkedHubs.join(', ') || 'none'
  throw invalid(`The hub "${stranger}" in iotHubs is not linked to this service. Linked hubs: ${linked}.`)
}

function settleAttestation(draft: AttestationDraft, stored: Attestation | undefined, random: Random): Attestation {
  if (stored && stored.type !== draft.type) {
    throw invalid(
      `The attestation type of an enrollment cannot change from ${stored.type} to ${draft.type}. Delete it and create it anew.`,
    )
  }
  if (draft.type === 'symmetricKey') {
    return settleKeys(draft, stored?.type === 'symmetricKey' ? stored : undefined, random)
  }
  if (draft.type === 'tpm') return settleTpm(draft, stored)
  if (draft.kind === 'caReferences') return draft
  return settleCertificates(draft, stored)
}

/** Kept as it came. What was saved before keys were judged may be sent back (contract/device-api-amqp-tpm 8.1). */
function settleTpm(draft: TpmAttestation, stored: Attestation | undefined): TpmAttestation {
  if (stored?.type === 'tpm' && stored.endorsementKey === draft.endorsementKey) return draft
  const reading = readParentKey(draft.endorsementKey)
  if ('why' in reading) throw new ProvisioningError('tpm_bad_endorsement_key', { why: reading.why })
  return draft
}

/** Losing the keys of a fleet by changing a tag would be the worst outcome (contract/service-api 9.1). */
function settleKeys(
  draft: SymmetricKeyDraft,
  stored: SymmetricKeyAttestation | undefined,
  random: Random,
): SymmetricKeyAttestation {
  return {
    type: 'symmetricKey',
    primaryKey: draft.primaryKey ?? stored?.primaryKey ?? generateKey(random),
    secondaryKey: draft.secondaryKey ?? stored?.secondaryKey ?? generateKey(random),
  }
}

type Slots = { readonly primary?: EnrolledCertificate; readonly secondary?: EnrolledCertificate }

function settleCertificates(draft: CertificatesDraft, stored: Attestation | undefined): Attestation {
  const kept: Slots = stored?.type === 'x509' && stored.kind === draft.kind ? stored : {}
  const primary = settleSlot(draft, 'primary', kept)
  const secondary = settleSlot(draft, 'secondary', kept)
  // the cloud shows a copy of the primary; stored, so that what is shown is what attests (contract/service-api 7.6)
  return { type: 'x509', kind: draft.kind, primary, secondary: secondary ?? primary }
}

function settleSlot(draft: CertificatesDraft, name: keyof Slots, kept: Slots): EnrolledCertificate | undefined {
  const slot: SlotDraft | undefined = draft[name]
  if (slot === undefined || slot.kind === 'given') return slot?.certificate
  const thumbprint = slot.sha256Thumbprint
  const found =
    thumbprint === undefined
      ? kept[name]
      : [kept.primary, kept.secondary].find((certificate) => certificate?.info.sha256Thumbprint === thumbprint)
  if (found) return found
  const path = `attestation.x509.${draft.kind}.${name}`
  throw invalid(
    thumbprint === undefined
      ? `${path} has no certificate, and none is stored there that could be kept.`
      : `${path} has no certificate, and its info names ${thumbprint}, which is not stored with this enrollment.`,
  )
}
