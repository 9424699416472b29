/** What a webhook is asked about a device (contract/semantics 9.3): no key, no secret of its own URL. */
import type { Enrollment } from '../../enrollment/enrollment.ts'
import { renderEnrollment } from '../../enrollment/render.ts'
import type { HubName } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import { type Certificate, certificateInfoOf } from '../../x509/certificate.ts'
import type { Admitted } from '../attest/attested.ts'
import type { Facts } from '../facts.ts'
import type { RegistrationRequest } from '../request.ts'
import type { WebhookQuestion } from '../webhook.ts'

export function questionOf(
  { payload }: Pick<RegistrationRequest, 'payload'>,
  facts: Facts,
  admitted: Admitted,
  linkedHubs: readonly HubName[],
): WebhookQuestion {
  const { enrollment } = admitted
  const current = facts.registration?.lastAssignment
  return {
    url: enrollment.customAllocationDefinition?.webhookUrl ?? '',
    linkedHubs,
    body: {
      [enrollment.kind === 'group' ? 'enrollmentGroup' : 'individualEnrollment']: shownEnrollment(enrollment),
      deviceRuntimeContext: {
        registrationId: facts.id,
        ...(current && { currentIotHubHostName: current.hub, currentDeviceId: current.deviceId }),
        ...evidenceOf(facts, admitted),
        // as it came, whatever it is; null is none (contract/device-api 3.1)
        ...(payload !== undefined && payload !== null && { payload }),
      },
      linkedHubs,
    },
  }
}

/** Of members that are not known here, nobody knows whether they are secret. */
function shownEnrollment(enrollment: Enrollment): JsonObject {
  const { attestation, customAllocationDefinition: custom } = enrollment
  return {
    ...renderEnrollment({ ...enrollment, extra: undefined }, { keys: 'hidden' }),
    attestation: { type: attestation.type },
    capabilities: enrollment.capabilities ?? { iotEdge: false },
    ...(custom && { customAllocationDefinition: { ...custom, webhookUrl: maskedUrl(custom.webhookUrl) } }),
  }
}

/** contract/semantics 9.3: the key of a function stands in the query; a password before the host. */
export function maskedUrl(text: string): string {
  const url = URL.parse(text)
  if (!url) return '****'
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?****'}`
}

function evidenceOf({ shown, issuers }: Facts, { enrollment, attestation, found }: Admitted): JsonObject {
  if (shown.kind === 'tpm') {
    const { endorsementKey, storageRootKey } = shown
    return { tpm: { endorsementKey, ...(storageRootKey !== undefined && { storageRootKey }) } }
  }
  if (shown.kind !== 'x509') return { [attestation]: {} }
  const groups = new Map(issuers.map((issuer) => [issuer.sha256Thumbprint, issuer.groups]))
  const above = found?.path.slice(1) ?? []
  const signing = above.find(({ sha256Thumbprint }) => groups.get(sha256Thumbprint)?.includes(enrollment.key as never))
  return { x509: x509Of(shown.leaf, signing ?? above[0]) }
}

const x509Of = (leaf: Certificate, signing: Certificate | undefined): JsonObject => ({
  clientCertificate: Buffer.from(leaf.der).toString('base64'),
  certificateInfo: { ...certificateInfoOf(leaf) },
  ...(signing && { signingCertificateInfo: { ...certificateInfoOf(signing) } }),
})
