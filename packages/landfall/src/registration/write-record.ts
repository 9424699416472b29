/** The registration record that follows from a decision (contract/semantics 12). */
import { codeOf, type Fault, sentenceOf } from '../fault.ts'
import { makeEtag, type OperationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Expect } from '../store/store.ts'
import type { Instant, Random } from '../system.ts'
import { sized } from '../tpm/marshal.ts'
import { sha256Of } from '../tpm/public-area.ts'
import type { Admitted } from './attest/attested.ts'
import type { Facts } from './facts.ts'
import type { RegistrationOptions } from './options.ts'
import type { Assignment, AttestationType, RecordedTpm, Registration } from './record.ts'

/** How the device came in. */
export interface Entrance {
  readonly attestation: AttestationType
  readonly group?: Registration['group']
  readonly tpm?: RecordedTpm
}

export function entranceOf(admitted: Admitted): Entrance {
  const { attestation, enrollment } = admitted
  const tpm = recordedTpm(admitted)
  if (enrollment.kind === 'individual') return { attestation, ...(tpm && { tpm }) }
  return { attestation, group: { key: enrollment.key, id: enrollment.groupId } }
}

export function recordedTpm({ tpm }: Pick<Admitted, 'tpm'>): RecordedTpm | undefined {
  if (!tpm) return
  return {
    endorsementKeySha256: sha256Of(tpm.endorsementKey),
    storageRootKey: sized(tpm.storageRootKey.bytes).toString('base64'),
  }
}

export interface RecordOrder {
  readonly facts: Pick<Facts, 'id' | 'key' | 'registration'>
  readonly entrance: Entrance
  readonly operationId: OperationId
  readonly at: Instant
  readonly random: Random
  readonly options: RegistrationOptions
}

export type RecordResult =
  | { readonly status: 'assigned'; readonly assignment: Assignment; readonly payload?: JsonObject }
  | { readonly status: 'assigning' }
  | { readonly status: 'failed' | 'disabled'; readonly fault: Fault }

/** The version that `facts` saw must still stand when the new one is written. */
export const expectOf = (registration: Registration | undefined): Expect =>
  registration ? { etag: registration.etag } : 'absent'

export function recordOf(order: RecordOrder, result: RecordResult): Registration {
  const { facts, entrance, at, random, options } = order
  const previous =
    options.keepLastAssignment || result.status !== 'failed' ? facts.registration?.lastAssignment : undefined
  return {
    registrationId: facts.registration?.registrationId ?? facts.id,
    key: facts.key,
    ...entrance,
    lastAssignment: previous,
    ...membersOf(result, options),
    operations: operationsOf(order),
    // contract/semantics 11.9: of the latest registration, not the first
    createdAt: at,
    updatedAt: at,
    etag: makeEtag(random),
  }
}

function membersOf(result: RecordResult, { explainDisabled }: RegistrationOptions) {
  if (result.status === 'assigned') {
    const { assignment, payload } = result
    const { hub, deviceId, substatus } = assignment
    const members = { status: result.status, assignedHub: hub, deviceId, substatus, lastAssignment: assignment }
    return { ...members, ...(payload && { payload }) }
  }
  if (result.status === 'assigning') return { status: result.status }
  const { reason, facts } = result.fault
  if (result.status === 'disabled' && !explainDisabled) return { status: result.status }
  return { status: result.status, errorCode: codeOf(reason), errorMessage: sentenceOf(reason, facts) }
}

/** Readable for a day (contract/semantics 12.11); more than eight a day would be a device gone wild. */
const mostOperations = 8
export const operationLifeMs = 24 * 60 * 60_000

function operationsOf({ facts, operationId, at }: RecordOrder): Registration['operations'] {
  const recent = (facts.registration?.operations ?? []).filter(
    (known) => known.at > at - operationLifeMs && known.id !== operationId,
  )
  return [...recent.slice(1 - mostOperations), { id: operationId, at }]
}
