/**
 * What a TPM is told with its assignment: the key that it signs with at its hub, wrapped for it alone (contract/
 * device-api-amqp-tpm 10.4). The hub keeps the key; each answer wraps it anew.
 */
import type { IndividualEnrollment } from '../enrollment/enrollment.ts'
import { ProvisioningError } from '../fault.ts'
import type { DeviceId, HubName } from '../ids.ts'
import { readKey } from '../sas/key.ts'
import type { Settings } from '../store/settings.ts'
import type { Random } from '../system.ts'
import { makeBlob } from '../tpm/blob.ts'
import { type ParentKey, readParentKey, sha256Of } from '../tpm/public-area.ts'
import type { Hubs } from './hub.ts'
import { type Outcome, refused } from './outcome.ts'
import type { Registration } from './record.ts'

interface Means {
  readonly hubs: Hubs
  readonly random: Random
}

interface Known {
  readonly individual: IndividualEnrollment | undefined
  readonly settings: Settings
}

/** Where there is none to deliver, the device is not let go: it could not reach its hub. */
export async function withDeliveredKey(outcome: Outcome, means: Means): Promise<Outcome> {
  if (outcome.kind !== 'assigned') return outcome
  const { decision, registration } = outcome
  try {
    return { ...outcome, authenticationKey: await deliveredKey(registration, decision.facts, means) }
  } catch (error) {
    if (error instanceof ProvisioningError) return refused({ reason: error.reason, facts: error.facts }, decision)
    throw error
  }
}

/**
 * Base64 of the blob; undefined where it came in by anything else than its TPM, or the enrollment has another one by now.
 * Throws `tpm_hub_key` where its hub has no key that a TPM takes.
 */
export async function deliveredKey(
  { tpm, status, assignedHub, deviceId }: Registration,
  { individual, settings }: Known,
  means: Means,
): Promise<string | undefined> {
  if (!tpm || status !== 'assigned' || !assignedHub || !deviceId || individual?.attestation.type !== 'tpm') return
  const endorsementKey = parentOf(individual.attestation.endorsementKey)
  if (sha256Of(endorsementKey) !== tpm.endorsementKeySha256) return
  return makeBlob(
    {
      endorsementKey,
      storageRootKey: parentOf(tpm.storageRootKey),
      key: await hubKey(assignedHub, deviceId, settings, means),
      data: `${assignedHub}/devices/${deviceId}`,
    },
    means.random,
  ).toString('base64')
}

async function hubKey(hub: HubName, deviceId: DeviceId, settings: Settings, { hubs }: Means): Promise<Buffer> {
  const text = await (await hubs.open(hub, settings))?.readPrimaryKey(deviceId)
  const key = text === undefined ? undefined : readKey(text)
  if (key) return key
  const why = text === undefined ? 'it has none' : 'it is not base64 of 16 to 64 bytes'
  throw new ProvisioningError('tpm_hub_key', { hub, deviceId, why })
}

/** Both were judged when the device proved itself. */
function parentOf(text: string): ParentKey {
  const reading = readParentKey(text)
  if ('why' in reading) throw new Error(`a key of a TPM cannot be read: ${reading.why}`)
  return reading.key
}
