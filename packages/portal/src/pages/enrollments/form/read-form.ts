/** From an enrollment as the service shows it to the form. */
import {
  type Attestation,
  type CertificateSlot,
  type EnrollmentView,
  type IndividualView,
  idOf,
} from '../../../api/enrollments.ts'
import type { JsonObject } from '../../../api/json.ts'
import { printJson } from '../../../kit/json-text.ts'
import { type Form, type Mechanism, newForm, type Reprovision, type Slot, type Slots } from './form.ts'

export function readForm(view: EnrollmentView): Form {
  const { attestation, initialTwin, customAllocationDefinition: custom } = view
  const individual = 'registrationId' in view ? view : undefined
  const usual = newForm(individual ? 'individual' : 'group')
  return {
    ...usual,
    id: idOf(view),
    ...individualFields(individual),
    ...attestationFields(attestation),
    enabled: view.provisioningStatus !== 'disabled',
    reprovision: reprovisionOf(view),
    hubs: view.iotHubs ?? [],
    allocation: view.allocationPolicy ?? '',
    webhookUrl: custom?.webhookUrl ?? '',
    webhookApiVersion: custom?.apiVersion ?? usual.webhookApiVersion,
    legacyHub: view.iotHubHostName ?? '',
    iotEdge: view.capabilities?.iotEdge ?? false,
    tags: textOf(initialTwin?.tags),
    desired: textOf(initialTwin?.properties?.desired),
  }
}

const individualFields = (view: IndividualView | undefined) => ({
  deviceId: view?.deviceId ?? '',
  information: textOf(view?.optionalDeviceInformation),
})

const textOf = (value: JsonObject | undefined) => (value === undefined ? '' : printJson(value))

function attestationFields(attestation: Attestation) {
  const { tpm, x509 } = attestation
  return {
    mechanism: mechanismOf(attestation),
    caPrimary: x509?.caReferences?.primary ?? '',
    caSecondary: x509?.caReferences?.secondary ?? '',
    certificates: slotsOf(x509?.signingCertificates ?? x509?.clientCertificates),
    endorsementKey: tpm?.endorsementKey ?? '',
    storageRootKey: tpm?.storageRootKey ?? '',
  }
}

export function mechanismOf({ type, x509 }: Attestation): Mechanism {
  if (type !== 'x509') return type
  if (x509?.caReferences) return 'caReferences'
  return x509?.signingCertificates ? 'signingCertificates' : 'clientCertificates'
}

type ShownSlots = { readonly primary?: CertificateSlot; readonly secondary?: CertificateSlot }

/** With one certificate the service shows it in both slots (contract/service-api 7.6). */
export function slotsOf(shown: ShownSlots | undefined): Slots {
  const primary = slotOf(shown?.primary)
  const secondary = slotOf(shown?.secondary)
  const repeated = primary?.info.sha256Thumbprint === secondary?.info.sha256Thumbprint
  return { ...(primary && { primary }), ...(secondary && !repeated && { secondary }) }
}

const slotOf = (shown: CertificateSlot | undefined): Slot | undefined => shown?.info && { info: shown.info }

/** Names of contract/semantics 11.2. */
export function reprovisionOf({ reprovisionPolicy: policy }: Pick<EnrollmentView, 'reprovisionPolicy'>): Reprovision {
  if (!policy) return 'unset'
  if (!policy.updateHubAssignment) return 'never'
  return policy.migrateDeviceData ? 'migrate' : 'reset'
}
