/** CA certificates of the instance: each step read, judged and written (contract/management 5). */
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import { newVerificationCode, uploadCa, verifyPossession } from '../enrollment/proof-of-possession.ts'
import { ProvisioningError } from '../fault.ts'
import { caKeyOf, etagMatches, parseCaName, printable } from '../ids.ts'
import type { Expect } from '../store/store.ts'
import { untilCommitted } from '../store/until-committed.ts'
import type { InstanceParts } from './parts.ts'

export interface CaUpload {
  readonly name: string
  readonly certificate: string
  readonly isVerified?: boolean
  /** Absent: over whatever stands there, as our own tools do. */
  readonly ifMatch?: string
}

export interface CaAsked {
  readonly name: string
  readonly ifMatch?: string
}

export const saveCa = (upload: CaUpload, parts: InstanceParts) => save(upload, expectation, parts)

/** As the public API wants it: a new one needs no etag, but what stands there is replaced under its own alone (contract/management 2.15). */
export const saveCaUnderEtag = (upload: CaUpload, parts: InstanceParts) => save(upload, strictExpectation, parts)

async function save(upload: CaUpload, expecting: typeof expectation, parts: InstanceParts) {
  const { name, certificate, isVerified, ifMatch } = upload
  const key = caKeyOf(parseCaName(name))
  return await untilCommitted(name, async () => {
    const previous = await parts.store.caCertificate(key)
    const expect = expecting(previous, ifMatch)
    const saved = uploadCa({ name, certificate, isVerified }, previous, momentOf(parts))
    await parts.store.commit([{ put: 'caCertificate', value: saved.value, expect }])
    return saved
  })
}

export const makeCode = (asked: CaAsked, parts: InstanceParts): Promise<CaCertificate> =>
  change(asked, (ca) => newVerificationCode(ca, momentOf(parts)), parts)

export const provePossession = (asked: CaAsked, proof: string, parts: InstanceParts): Promise<CaCertificate> =>
  change(asked, (ca) => verifyPossession(ca, proof, momentOf(parts)), parts)

export async function removeCa(
  asked: CaAsked,
  { force }: { readonly force: boolean },
  parts: InstanceParts,
): Promise<void> {
  await untilCommitted(asked.name, async () => {
    const ca = await caNamed(asked, parts)
    if (!force) await refuseUsed(ca, parts)
    await parts.store.commit([{ delete: 'caCertificate', key: ca.key, expect: { etag: ca.etag } }])
  })
}

export async function caNamed({ name, ifMatch }: CaAsked, { store }: Pick<InstanceParts, 'store'>) {
  const ca = await store.caCertificate(caKeyOf(parseCaName(name)))
  if (!ca) throw new ProvisioningError('certificate_not_found', { name: printable(name) })
  if (ifMatch !== undefined && !etagMatches(ifMatch, ca.etag))
    throw new ProvisioningError('precondition_failed', { id: ca.name })
  return ca
}

/** Where somebody came between, an etag that was given is stale; without one it goes on with what then stands there. */
function change(asked: CaAsked, step: (ca: CaCertificate) => CaCertificate, parts: InstanceParts) {
  return untilCommitted(asked.name, async () => {
    const ca = await caNamed(asked, parts)
    const value = step(ca)
    await parts.store.commit([{ put: 'caCertificate', value, expect: { etag: ca.etag } }])
    return value
  })
}

const momentOf = ({ clock, random }: InstanceParts) => ({ at: clock.now(), random })

/** Our own tools send no etag: then the last writer wins, but over what was read (contract/management 5.4). */
function expectation(previous: CaCertificate | undefined, ifMatch: string | undefined): Expect {
  if (ifMatch !== undefined && !(previous && etagMatches(ifMatch, previous.etag)))
    throw new ProvisioningError('precondition_failed', { id: previous?.name ?? 'the certificate' })
  return previous ? { etag: previous.etag } : 'absent'
}

function strictExpectation(previous: CaCertificate | undefined, ifMatch: string | undefined): Expect {
  if (!previous) return 'absent'
  if (ifMatch !== undefined) return expectation(previous, ifMatch)
  throw new ProvisioningError('invalid', {
    message: `There is a certificate "${previous.name}" already. To replace it, send its etag in If-Match.`,
  })
}

// contract/management 5.8
async function refuseUsed(ca: CaCertificate, { store }: InstanceParts): Promise<void> {
  const groups = await store.groupsReferencing(ca.key)
  if (groups.length === 0) return
  throw new ProvisioningError('in_use', {
    message: `The CA certificate "${ca.name}" is named by ${groups.length === 1 ? 'the enrollment group' : 'the enrollment groups'} ${groups.join(', ')}. Change them first, or delete with force.`,
  })
}
