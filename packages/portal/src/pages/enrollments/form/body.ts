/** From the form to the body of the service API; what the form does not know of an enrollment stays. */
import { type Attestation, type EnrollmentKind, type EnrollmentView, withoutState } from '../../../api/enrollments.ts'
import type { JsonObject } from '../../../api/json.ts'
import type { Form, Reprovision, Slot } from './form.ts'
import { reprovisionOf } from './read-form.ts'

/** `read`: what it changes; absent: it is new. The JSON texts are faultless (faults.ts). */
export function bodyOf(kind: EnrollmentKind, form: Form, read?: EnrollmentView): EnrollmentView {
  const webhookUrl = form.webhookUrl.trim()
  return present({
    ...(read && withoutState(read)),
    ...identity(kind, form),
    attestation: attestationOf(form),
    capabilities: form.iotEdge || !read || read.capabilities ? { iotEdge: form.iotEdge } : undefined,
    iotHubHostName: form.legacyHub || undefined,
    initialTwin: twinOf(form),
    provisioningStatus: form.enabled ? 'enabled' : 'disabled',
    reprovisionPolicy: policyOf(form.reprovision, read),
    allocationPolicy: form.allocation || undefined,
    iotHubs: form.hubs.length > 0 ? form.hubs : undefined,
    customAllocationDefinition: webhookUrl ? { webhookUrl, apiVersion: form.webhookApiVersion.trim() } : undefined,
  })
}

function identity(kind: EnrollmentKind, { id, deviceId, information }: Form) {
  if (kind === 'group') return { enrollmentGroupId: id.trim() }
  return {
    registrationId: id.trim(),
    deviceId: deviceId.trim() || undefined,
    optionalDeviceInformation: objectOf(information),
  }
}

function attestationOf(form: Form): Attestation {
  const { mechanism } = form
  if (mechanism === 'symmetricKey') return { type: 'symmetricKey', ...keysOf(form) }
  if (mechanism === 'tpm') {
    const storageRootKey = form.storageRootKey.trim()
    return {
      type: 'tpm',
      tpm: { endorsementKey: form.endorsementKey.trim(), ...(storageRootKey && { storageRootKey }) },
    }
  }
  if (mechanism === 'caReferences') {
    const { caPrimary: primary, caSecondary: secondary } = form
    return { type: 'x509', x509: { caReferences: { ...(primary && { primary }), ...(secondary && { secondary }) } } }
  }
  const { primary, secondary } = form.certificates
  const slots = { ...(primary && { primary: sent(primary) }), ...(secondary && { secondary: sent(secondary) }) }
  return { type: 'x509', x509: { [mechanism]: slots } }
}

/** A slot without certificate is found again by the thumbprint of its info (contract/service-api 7.7). */
const sent = ({ certificate, info }: Slot) => (certificate === undefined ? { info } : { certificate })

function keysOf({ keysGiven, primaryKey, secondaryKey }: Form): Pick<Attestation, 'symmetricKey'> {
  if (!keysGiven) return {}
  return {
    symmetricKey: {
      primaryKey: primaryKey.trim() || undefined,
      secondaryKey: secondaryKey.trim() || undefined,
    },
  }
}

function twinOf({ tags, desired }: Form): EnrollmentView['initialTwin'] {
  const twin = { tags: objectOf(tags), desired: objectOf(desired) }
  if (!twin.tags && !twin.desired) return
  return { ...(twin.tags && { tags: twin.tags }), ...(twin.desired && { properties: { desired: twin.desired } }) }
}

const objectOf = (text: string): JsonObject | undefined =>
  text.trim() === '' ? undefined : (JSON.parse(text) as JsonObject)

const policies = {
  migrate: { updateHubAssignment: true, migrateDeviceData: true },
  reset: { updateHubAssignment: true, migrateDeviceData: false },
  never: { updateHubAssignment: false, migrateDeviceData: false },
  unset: undefined,
} as const satisfies Readonly<Record<Reprovision, EnrollmentView['reprovisionPolicy']>>

/** "Never" has two spellings; the one that was read stays. */
function policyOf(chosen: Reprovision, read: EnrollmentView | undefined): EnrollmentView['reprovisionPolicy'] {
  return read && reprovisionOf(read) === chosen ? read.reprovisionPolicy : policies[chosen]
}

const present = (members: object): EnrollmentView =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as unknown as EnrollmentView
