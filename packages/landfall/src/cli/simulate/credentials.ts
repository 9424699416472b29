/** With what the devices of a fleet prove themselves: a key of their group, or certificates of a CA whose key is at hand. */
import { attestation, NotFoundError, type ProvisioningServiceClient } from 'landfall-client'
import { deriveDeviceKey, readKey } from '../../sas/key.ts'
import type { Device } from '../../simulate/wire.ts'
import { realSystem } from '../../system.ts'
import { issueDevice } from '../../x509/issue.ts'
import { readCertificates } from '../../x509/pem.ts'
import { readCa } from '../cert-files.ts'
import { UsageError } from '../exit.ts'

export interface CredentialOptions {
  readonly group?: string
  readonly key?: string
  readonly ca?: string
  readonly out: string
  readonly passphrase?: string
}

export type DeviceOf = (registrationId: string) => Promise<Device>

/** Made where it is not there, for those who name no group. */
export const ownGroup = 'simulate'

export async function credentialsOf(client: ProvisioningServiceClient, options: CredentialOptions): Promise<DeviceOf> {
  const { group, key, ca } = options
  if (key !== undefined && ca !== undefined) throw new UsageError('Give either --key or --ca.')
  if (ca !== undefined) return certificates(options, ca)
  if (key !== undefined && !readKey(key)) throw new UsageError('--key is not base64 of 16 to 64 bytes.')
  return keys(key ?? (await keyOf(client, group)))
}

function certificates({ out, passphrase }: CredentialOptions, name: string): DeviceOf {
  const ca = readCa(out, name, passphrase)
  // the root is the service's to know, not the device's to send
  const chain = ca.chain.filter((pem) => readCertificates(pem).every(({ selfIssued }) => !selfIssued))
  const { clock, random } = realSystem()
  return async (registrationId) => {
    const issued = await issueDevice({ registrationId, ca, at: clock.now(), random })
    return { registrationId, chain: [issued.pem, ...chain].join(''), key: issued.keyPem }
  }
}

function keys(groupKey: string): DeviceOf {
  return async (registrationId) => ({ registrationId, symmetricKey: deriveDeviceKey(groupKey, registrationId) })
}

async function keyOf(client: ProvisioningServiceClient, group: string | undefined): Promise<string> {
  if (group === undefined) await makeOwnGroup(client)
  const name = group ?? ownGroup
  const { symmetricKey } = await client.enrollmentGroups.attestationMechanism(name)
  if (symmetricKey?.primaryKey) return symmetricKey.primaryKey
  throw new UsageError(
    `The enrollment group "${name}" has no symmetric keys. Name the CA that issues its devices with --ca, as "landfall cert" made it.`,
  )
}

async function makeOwnGroup(client: ProvisioningServiceClient): Promise<void> {
  try {
    await client.enrollmentGroups.get(ownGroup)
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error
    await client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: ownGroup,
      attestation: attestation.symmetricKey(),
    })
  }
}
