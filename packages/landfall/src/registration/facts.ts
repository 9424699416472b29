/** What has to be known to decide on a request: read once, before anything is decided. */
import type { EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import { isRegistrationId, keyOf, printable, type RegistrationId, type RegistrationKey } from '../ids.ts'
import type { SasToken } from '../sas/token.ts'
import type { Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { Timers } from '../system.ts'
import { attestBySharedKey, type DerivedKeys, findKeyedGroup, spellingsOf } from './attest/symmetric-key.ts'
import { nearestGroupKeys } from './choose-enrollment.ts'
import type { Hubs, LinkedHub } from './hub.ts'
import { type KnownIssuer, readIssuers } from './issuers.ts'
import type { OneAtATime } from './one-at-a-time.ts'
import type { RegistrationOptions } from './options.ts'
import type { Registration } from './record.ts'
import type { DeviceRequest } from './request.ts'
import { type Leaves, readShown, type Shown } from './shown.ts'

export interface Facts {
  readonly id: RegistrationId
  readonly key: RegistrationKey
  readonly shown: Shown
  readonly settings: Settings
  readonly hubs: readonly LinkedHub[]
  readonly individual: IndividualEnrollment | undefined
  readonly registration: Registration | undefined
  /** Stored certificates that may stand above the one that was shown. */
  readonly issuers: readonly KnownIssuer[]
  /** Those that may let the device in: for a key, the one it is derived from; for a certificate, of the nearest issuer. */
  readonly groups: readonly EnrollmentGroup[]
}

/** Where facts are read. */
export interface Sources {
  readonly store: Store
  readonly hubs: Hubs
  readonly derivedKeys: DerivedKeys
  readonly options: RegistrationOptions
  readonly timers: Timers
  readonly leaves: Leaves
  readonly searches: OneAtATime<'groups', readonly EnrollmentGroup[]>
}

/** Where the request itself is faulty there is nothing to look up. */
export async function readFacts(request: DeviceRequest, sources: Sources): Promise<Facts | { readonly fault: Fault }> {
  const { store } = sources
  const settings = await store.settings()
  const address = judgeAddress(request, settings)
  if ('fault' in address) return address
  const { id } = address
  const key = keyOf(id)
  const shown = readShown(request.evidence, {
    idScope: address.settings.idScope,
    id,
    at: request.tokensAt ?? request.at,
    leaves: sources.leaves,
  })
  const [individual, registration, hubs] = await Promise.all([
    store.individual(key),
    store.registration(key),
    sources.hubs.linked(address.settings),
  ])
  const known = { id, key, shown, settings: address.settings, hubs, individual, registration }
  return { ...known, ...(await readAbove(known, sources)) }
}

interface Address {
  readonly id: RegistrationId
  readonly settings: Settings
}

/** contract/semantics 1.1, 1.10: the instance and the device that the request names. */
export function judgeAddress(
  { idScope, registrationId }: Pick<DeviceRequest, 'idScope' | 'registrationId'>,
  settings: Settings | undefined,
): Address | { readonly fault: Fault } {
  const shownId = printable(registrationId)
  if (!settings || settings.idScope.toLowerCase() !== idScope.toLowerCase()) {
    return { fault: { reason: 'unknown_id_scope', facts: { id: shownId, idScope: printable(idScope) } } }
  }
  if (!isRegistrationId(registrationId)) return { fault: { reason: 'bad_id', facts: { id: shownId } } }
  return { id: registrationId, settings }
}

type Known = Omit<Facts, 'issuers' | 'groups'>
type Above = Pick<Facts, 'issuers' | 'groups'>

async function readAbove(known: Known, sources: Sources): Promise<Above> {
  const { shown, individual } = known
  const { store, options } = sources
  if (shown.kind === 'x509' && needsIssuers(individual)) {
    const issuers = await readIssuers(shown, store, options)
    const keys = mayBeGroups(individual) ? nearestGroupKeys(shown, issuers) : []
    const groups = await Promise.all(keys.map((group) => store.group(group)))
    return { issuers, groups: groups.filter((group) => group !== undefined) }
  }
  if (shown.kind === 'sas' && needsGroups(individual, shown.token))
    return { issuers: [], groups: await readKeyedGroups(known, sources) }
  return { issuers: [], groups: [] }
}

// A disabled individual is told to who shows any good credential of this instance (contract/semantics 18 row 14)
const mayBeGroups = (individual: IndividualEnrollment | undefined) => individual?.provisioningStatus !== 'enabled'

const needsIssuers = (individual: IndividualEnrollment | undefined) =>
  mayBeGroups(individual) || (individual?.attestation.type === 'x509' && individual.attestation.kind === 'caReferences')

function needsGroups(individual: IndividualEnrollment | undefined, token: SasToken): boolean {
  if (!mayBeGroups(individual)) return false
  return individual?.attestation.type !== 'symmetricKey' || !attestBySharedKey(individual.attestation, token)
}

/** Tried in one go; some 5 ms, after which others get their turn. */
const groupsAtATime = 250

/**
 * The group that the device's key is derived from: almost always that of the record (contract/semantics 3.8, 3.9).
 * Only where its key does not fit are all tried, the one question whose cost grows with them; one search after the
 * other, so that a crowd of strangers waits for itself alone. Where none fits, the record's is left.
 */
async function readKeyedGroups(
  { id, shown, registration }: Known,
  sources: Sources,
): Promise<readonly EnrollmentGroup[]> {
  const { store, derivedKeys, options, timers, searches } = sources
  if (shown.kind !== 'sas') return []
  const spellings = spellingsOf(id, registration?.registrationId, options.foldIdCase)
  const fitting = (groups: readonly EnrollmentGroup[]) =>
    findKeyedGroup(groups, spellings, shown.token, derivedKeys)?.group
  const own = registration?.group && (await store.group(registration.group.key))
  if (own && fitting([own])) return [own]
  return searches.run('groups', async () => {
    const all = await store.symmetricKeyGroups()
    for (let from = 0; from < all.length; from += groupsAtATime) {
      await timers.sleep(0)
      const found = fitting(all.slice(from, from + groupsAtATime))
      if (found) return [found]
    }
    return own ? [own] : []
  })
}
