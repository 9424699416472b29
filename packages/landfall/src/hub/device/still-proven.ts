/** Whether what let a connection in stands as things are now (contract/iot-hub 2.5, 4.15). */
import type { HubDevice } from '../device.ts'
import type { HubRefusal } from '../refusal.ts'
import { disabled } from './admit.ts'
import { unauthorized } from './judge-token.ts'
import { type Identity, named } from './named.ts'
import type { Admission, Proof } from './session.ts'

interface Signing {
  readonly name: string
  readonly primaryKey: string
  readonly secondaryKey: string
  readonly rights: readonly string[]
}

/** Whether the key of the policy is one of its keys still, and lets devices in. */
export function stillSigns(policy: Signing, proof: Extract<Proof, { kind: 'policyKey' }>): boolean {
  if (policy.name !== proof.policy || !policy.rights.includes('DeviceConnect')) return false
  return policy.primaryKey === proof.key || policy.secondaryKey === proof.key
}

/** Why a connection may not go on with the identity as it is now. */
export function faultOf(identity: Identity & Partial<HubDevice>, admission: Admission): HubRefusal | undefined {
  if (identity.status === 'disabled') return disabled(identity.deviceId, identity.hub, identity.statusReason)
  const { proof, provenAs, generationId } = admission
  if (identity.generationId === generationId && (provenAs === 'device' || stillProves(identity, proof))) return
  return credentialsChanged(identity)
}

/** Why a module may not go on with its device as it is now. */
export function faultOfOwner(device: HubDevice, { proof, provenAs }: Admission): HubRefusal | undefined {
  if (device.status === 'disabled') return disabled(device.deviceId, device.hub, device.statusReason)
  if (provenAs === 'device' && !stillProves(device, proof)) return credentialsChanged(device)
}

const credentialsChanged = (identity: Identity) =>
  unauthorized(`The credentials of the ${named(identity)} were changed. Connect with the new ones.`)

function stillProves({ authentication }: Identity, proof: Proof): boolean {
  switch (proof.kind) {
    case 'policyKey':
      return true
    case 'authority':
      return authentication.type === 'certificateAuthority'
    case 'deviceKey':
      return (
        authentication.type === 'sas' && [authentication.primaryKey, authentication.secondaryKey].includes(proof.key)
      )
    case 'thumbprint':
      return (
        authentication.type === 'selfSigned' &&
        [authentication.primaryThumbprint, authentication.secondaryThumbprint].includes(proof.thumbprint)
      )
  }
}
