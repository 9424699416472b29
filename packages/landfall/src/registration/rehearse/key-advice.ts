/** Keys that were mixed up: what was signed with, where it is not what should have been (contract/semantics 6.3, 6.5). */
import type { EnrollmentGroup } from '../../enrollment/enrollment.ts'
import type { Fault, Reason } from '../../fault.ts'
import type { RegistrationId } from '../../ids.ts'
import { deriveDeviceKey } from '../../sas/key.ts'
import { readToken, type SasToken, signedByOneOf } from '../../sas/token.ts'
import { attestBySharedKey } from '../attest/symmetric-key.ts'
import type { Facts, Sources } from '../facts.ts'
import type { RehearsalOrder } from './rehearse.ts'
import { makeTokenFor } from './shared-key.ts'

const ofKeys: ReadonlySet<Reason> = new Set<Reason>(['sas_wrong_key', 'unknown_enrollment', 'wrong_attestation'])
/** Some five milliseconds each; after each the others get their turn. */
const groupsAtATime = 50
/** As many as the contract promises to serve (contract/semantics 3.8) would take a second. */
const mostGroups = 2000

export async function adviseOnKey(
  { reason }: Fault,
  { shown, id, individual, registration }: Facts,
  { key, at, tokensAt }: RehearsalOrder,
  { store, timers }: Sources,
): Promise<string | undefined> {
  if (shown.kind !== 'sas' || !ofKeys.has(reason)) return
  const plain = key?.derive ? plainToken(key.text, id, tokensAt ?? at) : undefined
  if (plain && individual?.attestation.type === 'symmetricKey' && attestBySharedKey(individual.attestation, plain))
    return `This is the device's own key, of its individual enrollment: use it as it is, nothing is derived from it.`
  const spellings = otherSpellings(id, registration?.registrationId)
  const groups = (await store.symmetricKeyGroups()).slice(0, mostGroups)
  for (let from = 0; from < groups.length; from += groupsAtATime) {
    for (const group of groups.slice(from, from + groupsAtATime)) {
      const advice = adviseOnGroup(group, {
        id,
        token: shown.token,
        plain,
        spellings,
        overruled: individual !== undefined,
      })
      if (advice) return advice
    }
    await timers.sleep(0)
  }
}

/** Signed with the key itself, where the device would derive from it. */
function plainToken(text: string, registrationId: RegistrationId, at: number): SasToken | undefined {
  const reading = readToken(makeTokenFor({ text, derive: false }, { idScope: '', registrationId, at }))
  return 'token' in reading ? reading.token : undefined
}

interface Signed {
  readonly id: RegistrationId
  readonly token: SasToken
  readonly plain: SasToken | undefined
  readonly spellings: readonly string[]
  readonly overruled: boolean
}

function adviseOnGroup(group: EnrollmentGroup, { id, token, plain, spellings, overruled }: Signed): string | undefined {
  if (group.attestation.type !== 'symmetricKey') return
  const { primaryKey, secondaryKey } = group.attestation
  const keys = [primaryKey, secondaryKey]
  const derivedFor = (spelling: string) => keys.map((key) => deriveDeviceKey(key, spelling))
  const { groupId } = group
  if (signedByOneOf(token, keys))
    return `This is the key of the enrollment group "${groupId}" itself, which is no device's. Derive the device's key from it: landfall compute-device-key --group ${groupId} --registration-id ${id}`
  if (plain && signedByOneOf(plain, derivedFor(id)))
    return `This key is derived from that of the enrollment group "${groupId}" already: use it as it is, and derive nothing from it.`
  if (overruled && signedByOneOf(token, derivedFor(id)))
    return `The key is derived from that of the enrollment group "${groupId}", but the device has an individual enrollment, which decides alone. Give the device what that one demands, or delete it.`
  const spelling = spellings.find((one) => signedByOneOf(token, derivedFor(one)))
  if (spelling !== undefined)
    return `The key is derived from "${spelling}", but the device registers as "${id}": derivation minds letter case. Register as "${spelling}", or derive it anew: landfall compute-device-key --group ${groupId} --registration-id ${id}`
}

/** How people write an id otherwise; trying every letter both ways would never end. */
function otherSpellings(id: RegistrationId, stored: string | undefined): readonly string[] {
  const capitalised = id.toLowerCase().replace(/(^|[^a-z0-9])([a-z])/g, (found) => found.toUpperCase())
  const first = id.charAt(0).toUpperCase() + id.slice(1).toLowerCase()
  const all = [stored ?? id, id.toUpperCase(), id.toLowerCase(), capitalised, first]
  return [...new Set(all)].filter((spelling) => spelling !== id)
}
