/** A device that signs with a symmetric key: its own, or one derived from its group's (contract/semantics 6). */
import { LRUCache } from 'lru-cache'
import { type EnrollmentGroup, idOf, type SymmetricKeyAttestation } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { DeviceAuthentication } from '../../hub/device.ts'
import { printable, type RegistrationId } from '../../ids.ts'
import { deriveDeviceKey } from '../../sas/key.ts'
import { isExpired, readToken, type SasToken, signedByOneOf } from '../../sas/token.ts'
import type { Instant } from '../../system.ts'

interface Audience {
  readonly idScope: string
  readonly id: RegistrationId
  readonly at: Instant
}

export type TokenJudgement = { readonly token: SasToken } | { readonly fault: Fault }

/** Form, audience and expiry; whose key signed it is asked later (contract/semantics 6.6, 6.8, 6.9). */
export function judgeToken(text: string, { idScope, id, at }: Audience): TokenJudgement {
  const reading = readToken(text)
  if ('malformed' in reading) return { fault: { reason: 'sas_malformed', facts: { id, why: reading.malformed } } }
  const { token } = reading
  // contract/device-api 2.2 rule 5
  if (token.policyName !== undefined && token.policyName !== 'registration') {
    const why = `skn is "${printable(token.policyName)}"; it must be "registration", empty or absent`
    return { fault: { reason: 'sas_malformed', facts: { id, why } } }
  }
  const expected = `${idScope}/registrations/${id}`
  if (token.resource.toLowerCase() !== expected.toLowerCase()) {
    return { fault: { reason: 'sas_wrong_scope', facts: { id, resource: printable(token.resource, 300), expected } } }
  }
  return isExpired(token, at) ? { fault: expiryFault(token, id, at) } : { token }
}

function expiryFault(token: SasToken, id: RegistrationId, at: Instant): Fault {
  const facts = {
    id,
    expiredAt: new Date(token.expiry).toISOString(),
    lateBySeconds: Math.round((at - token.expiry) / 1000),
    now: new Date(at).toISOString(),
  }
  return { reason: 'sas_expired', facts }
}

export type KeyAuthentication = Extract<DeviceAuthentication, { type: 'sas' }>

/** What the hub will know the device by: the enrollment's two keys (contract/semantics 10.1, 21.7). */
export function attestBySharedKey(
  { primaryKey, secondaryKey }: SymmetricKeyAttestation,
  token: SasToken,
): KeyAuthentication | undefined {
  if (signedByOneOf(token, [primaryKey, secondaryKey])) return { type: 'sas', primaryKey, secondaryKey }
}

export interface KeyedGroup {
  readonly group: EnrollmentGroup
  readonly authentication: KeyAuthentication
}

/**
 * The first of `groups` whose key the device's is derived from. `spellings` are the forms of the registration id
 * that count (contract/semantics 6.5); the hub gets the keys of the one that fitted.
 */
export function findKeyedGroup(
  groups: readonly EnrollmentGroup[],
  spellings: readonly string[],
  token: SasToken,
  derived: DerivedKeys,
): KeyedGroup | undefined {
  for (const group of groups) {
    for (const spelling of spellings) {
      const keys = derived.of(group, spelling)
      if (keys && signedByOneOf(token, [keys.primaryKey, keys.secondaryKey])) return { group, authentication: keys }
    }
  }
}

/** Without a stored spelling, or where letter case counts, fewer are left. */
export function spellingsOf(id: RegistrationId, stored: RegistrationId | undefined, foldCase: boolean) {
  return foldCase ? [...new Set([id, stored ?? id, id.toLowerCase()])] : [id]
}

export interface DerivedKeys {
  of(group: EnrollmentGroup, spelling: string): KeyAuthentication | undefined
}

/** Derivations of two keys each; a scan of the 10,000 groups that are promised fits (contract/semantics 3.8, 14). */
const mostDerivations = 20_000

/** Remembers derivations under the group's etag, so that a device that tries again costs one HMAC a key. */
export function makeDerivedKeys(): DerivedKeys {
  const known = new LRUCache<string, KeyAuthentication>({ max: mostDerivations })
  return {
    of(group, spelling) {
      if (group.attestation.type !== 'symmetricKey') return
      const name = `${idOf(group)}\0${group.etag}\0${spelling}`
      const found = known.get(name)
      if (found) return found
      const made = derive(group.attestation, spelling)
      known.set(name, made)
      return made
    },
  }
}

function derive({ primaryKey, secondaryKey }: SymmetricKeyAttestation, spelling: string): KeyAuthentication {
  return {
    type: 'sas',
    primaryKey: deriveDeviceKey(primaryKey, spelling),
    secondaryKey: deriveDeviceKey(secondaryKey, spelling),
  }
}
