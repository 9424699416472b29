/**
 * A device that attests by its TPM: it must hold the endorsement key of its individual enrollment. It is sent a key that
 * only that TPM can open, and signs with it (contract/semantics 3.10, 7; contract/device-api-amqp-tpm 10).
 */
import { type IndividualEnrollment, idOf, type TpmAttestation } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { RegistrationId } from '../../ids.ts'
import { sameBytes } from '../../sas/key.ts'
import { type SasToken, signedByOneOf } from '../../sas/token.ts'
import { areaOf, type ParentKey, readParentKey } from '../../tpm/public-area.ts'
import type { Facts } from '../facts.ts'
import type { DeviceRequest } from '../request.ts'
import { type Attested, type Case, namesOf, refuse } from './attested.ts'
import { acceptedKeys } from './tpm-challenge.ts'

/** Of one TPM, judged. */
export interface TpmKeys {
  readonly endorsementKey: ParentKey
  readonly storageRootKey: ParentKey
}

/** The hub makes new ones; carry-out.ts keeps those that the TPM has already. */
const newHubKeys = { type: 'sas', primaryKey: '', secondaryKey: '' } as const

export function attestByTpm(situation: Case): Attested {
  const { shown, individual, id } = situation.facts
  const token = shown.kind === 'tpm' || shown.kind === 'sas' ? shown.token : undefined
  const found = enrolledFor(id, individual)
  if ('fault' in found) return refuse(found.fault, { enrollment: individual, attestation: 'tpm' })
  const who = { enrollment: found.enrollment, attestation: 'tpm' } as const
  const keys = keysOf(found.attestation, situation)
  if ('fault' in keys) return refuse(keys.fault, who)
  situation.trail.found('attestation', 'The endorsement key is the one in its enrollment.')
  if (token === undefined) return { kind: 'challenged', ...who, tpm: keys }
  if (!isSignedFor(keys, token, situation)) return refuse({ reason: 'tpm_wrong_key', facts: { id } }, who)
  return { kind: 'admitted', ...who, authentication: newHubKeys, tpm: keys }
}

interface Enrolled {
  readonly enrollment: IndividualEnrollment
  readonly attestation: TpmAttestation
}

export function enrolledFor(
  id: RegistrationId,
  enrollment: IndividualEnrollment | undefined,
): Enrolled | { readonly fault: Fault } {
  if (!enrollment) return { fault: { reason: 'tpm_unknown_enrollment', facts: { id } } }
  const { attestation } = enrollment
  if (attestation.type === 'tpm') return { enrollment, attestation }
  const facts = { id, enrollment: idOf(enrollment), expected: namesOf[attestation.type], shown: namesOf.tpm }
  return { fault: { reason: 'wrong_attestation', facts } }
}

/** Whether `presented` is the enrolled endorsement key: the same area, with or without its size (8.1). */
export function judgeEndorsementKey(
  { endorsementKey }: TpmAttestation,
  presented: string,
  id: RegistrationId,
): Fault | undefined {
  const enrolled = areaOf(endorsementKey)
  const shown = areaOf(presented)
  if (shown === undefined) return { reason: 'tpm_other_endorsement_key', facts: { id, why: 'it is not base64' } }
  if (!enrolled || !sameBytes(enrolled, shown)) return { reason: 'tpm_other_endorsement_key', facts: { id } }
}

/** A poll shows a token alone; the storage root key is then that of its registration (10.3). */
function keysOf(attestation: TpmAttestation, { facts, trail }: Case): TpmKeys | { readonly fault: Fault } {
  const { shown, id, registration } = facts
  const enrolled = readParentKey(attestation.endorsementKey)
  if ('why' in enrolled) return { fault: { reason: 'tpm_bad_endorsement_key', facts: { id, why: enrolled.why } } }
  const differs = shown.kind === 'tpm' ? judgeEndorsementKey(attestation, shown.endorsementKey, id) : undefined
  if (differs) return { fault: differs }
  const recorded = shown.kind === 'sas' ? registration?.tpm?.storageRootKey : undefined
  const text = (shown.kind === 'tpm' ? shown.storageRootKey : recorded) ?? attestation.storageRootKey
  const root = text === undefined ? { why: 'there is none' } : readParentKey(text)
  if ('why' in root) return { fault: { reason: 'tpm_bad_storage_root_key', facts: { id, why: root.why } } }
  if (isNewOwner(attestation, root.key))
    trail.found('attestation', 'Its storage root key is not the one in its enrollment: the TPM has a new owner.')
  return { endorsementKey: enrolled.key, storageRootKey: root.key }
}

// 10.5.2: who clears a TPM makes a new one, and it is not asked for
function isNewOwner({ storageRootKey }: TpmAttestation, presented: ParentKey): boolean {
  const enrolled = storageRootKey === undefined ? undefined : areaOf(storageRootKey)
  return enrolled !== undefined && !sameBytes(enrolled, presented.bytes)
}

function isSignedFor(keys: TpmKeys, token: SasToken, { facts, request }: Case): boolean {
  const accepted = acceptedKeys({ ...keys, settings: facts.settings, key: facts.key, at: request.at })
  return signedByOneOf(
    token,
    accepted.map((key) => key.toString('base64')),
  )
}

/** MQTT 3.1.1 has no step for a challenge, and no SDK tries (10.6). */
export function refuseOnMqtt(
  { transport }: Pick<DeviceRequest, 'transport'>,
  { shown, individual, id }: Pick<Facts, 'shown' | 'individual' | 'id'>,
): Fault | undefined {
  if (transport !== 'mqtt' && transport !== 'mqttWs') return
  if (shown.kind !== 'tpm' && individual?.attestation.type !== 'tpm') return
  return { reason: 'tpm_over_mqtt', facts: { id } }
}
