/** What a webhook is asked about a device (contract/semantics 9.3): no key, no secret of its own URL. */
import type { Enrollment } from '../../enrollment/enrollment.ts'
import { renderEnrollment } from '../../enrollment/render.ts'
import type { HubName } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import { type Certificate, certificateInfoOf } from '../../x509/certificate.ts'
import { chainUpward } from '../../x509/path.ts'
import type { Admitted } from '../attest/attested.ts'
import { demandOfGroup, demandOfReferences } from '../attest/x509.ts'
import type { Facts } from '../facts.ts'
import type { KnownIssuer } from '../issuers.ts'
import type { RegistrationRequest } from '../request.ts'
import type { ShownChain } from '../shown.ts'
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

function evidenceOf({ shown, issuers }: Facts, { enrollment, attestation }: Admitted): JsonObject {
  if (shown.kind === 'tpm') {
    const { endorsementKey, storageRootKey } = shown
    return { tpm: { endorsementKey, ...(storageRootKey !== undefined && { storageRootKey }) } }
  }
  if (shown.kind !== 'x509') return { [attestation]: {} }
  const { leaf } = shown
  const signing = signingCertificate(shown, issuers, enrollment)
  return {
    x509: {
      clientCertificate: Buffer.from(leaf.der).toString('base64'),
      certificateInfo: { ...certificateInfoOf(leaf) },
      ...(signing && { signingCertificateInfo: { ...certificateInfoOf(signing) } }),
    },
  }
}

/** Of those that the enrollment is on, the nearest above the device's; none of a device enrolled by its own. */
function signingCertificate(
  { leaf, others }: ShownChain,
  issuers: readonly KnownIssuer[],
  enrollment: Enrollment,
): Certificate | undefined {
  const own = issuers.filter(ownIssuersOf(enrollment)).map(({ certificate }) => certificate)
  const upward = chainUpward(leaf, [...others, ...issuers.map(({ certificate }) => certificate)])
  const isOwn = (one: Certificate) => own.some(({ sha256Thumbprint }) => sha256Thumbprint === one.sha256Thumbprint)
  return upward.find(isOwn) ?? own[0]
}

function ownIssuersOf(enrollment: Enrollment): (issuer: KnownIssuer) => boolean {
  if (enrollment.kind === 'group') return demandOfGroup(enrollment).own
  const { attestation } = enrollment
  const isReference = attestation.type === 'x509' && attestation.kind === 'caReferences'
  return isReference ? demandOfReferences(enrollment, attestation).own : () => false
}
