/** What to do about a fault, in words that name the certificates, enrollments and commands of this very case. */
import { type Enrollment, idOf } from '../../enrollment/enrollment.ts'
import type { Fault, Facts as FaultFacts, Reason } from '../../fault.ts'
import { printable } from '../../ids.ts'
import { subjectOf } from '../../x509/judgements.ts'
import type { Facts } from '../facts.ts'
import type { ChainLink } from './chain-links.ts'

interface Case {
  readonly facts: Facts | undefined
  readonly enrollment: Enrollment | undefined
  readonly chain: readonly ChainLink[]
}

type Remedy = (of: FaultFacts, situation: Case) => string

export function remedyOf({ reason, facts }: Fault, situation: Case): string | undefined {
  return remedies[reason]?.(facts, situation)
}

const commandOf = (enrollment: Enrollment | undefined) =>
  enrollment?.kind === 'individual' ? 'landfall enrollment' : 'landfall enrollment-group'

const enable: Remedy = ({ enrollment: id }, { enrollment }) =>
  `Enable it: ${commandOf(enrollment)} update ${id} --provisioning-status enabled`

const topOf = ({ chain }: Case) => chain.at(-1)
const issuerOfTop = (situation: Case) => printable(topOf(situation)?.certificate.issuer.text ?? 'its issuer')
const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
const pathOf = ({ chain }: Case) => listed(chain.map(({ certificate }) => subjectOf(certificate)))

const incomplete: Remedy = ({ issuer }, situation) =>
  `"${issuer ?? issuerOfTop(situation)}" was neither sent nor is it stored here. Send ${pathOf(situation)} and "${issuer ?? issuerOfTop(situation)}" in the handshake, one after the other in the device's certificate file; or store it: landfall certificate add FILE, or enroll it: landfall enrollment-group create ID --certificate-path FILE`

const unknownAnchor: Remedy = (_, situation) => {
  const top = topOf(situation)
  const name = top ? subjectOf(top.certificate) : 'its root'
  const ca = top?.cas[0]
  return ca === undefined
    ? `No enrollment group is enrolled on a certificate of this chain. Enroll its CA "${name}": landfall enrollment-group create ID --certificate-path FILE`
    : `"${name}" is stored as the CA certificate "${ca}", but no enrollment group names it or one below it. Make one: landfall enrollment-group create ID --ca-name ${ca}`
}

const unverified: Remedy = ({ subject, missing }, situation) => {
  const { enrollment } = situation
  const who = enrollment
    ? `the ${enrollment.kind === 'group' ? 'enrollment group' : 'individual enrollment'} "${idOf(enrollment)}"`
    : 'its enrollment'
  const verify = verifying(String(subject), situation)
  if (missing === undefined)
    return `${who.charAt(0).toUpperCase()}${who.slice(1)} is enrolled on "${subject}", which nobody proved to own. ${verify}`
  return `"${missing}" was not sent; ${who} is enrolled on "${subject}", which is not verified itself. Send ${pathOf(situation)} and "${missing}", if a certificate above it is verified. Or ${verify.charAt(0).toLowerCase()}${verify.slice(1)}`
}

function verifying(subject: string, situation: Case): string {
  const ca = topOf(situation)?.cas[0]
  return ca === undefined
    ? `Verify "${subject}": landfall certificate add FILE --key KEYFILE`
    : `Verify it: landfall certificate verify ${ca} --key KEYFILE`
}

const reissue =
  (what: string): Remedy =>
  ({ subject }) =>
    `Issue "${subject}" anew ${what}.`

const remedies: Partial<Record<Reason, Remedy>> = {
  credentials_missing: ({ id }) =>
    `Show what the device would: landfall diagnose --chain FILE, or --key KEY --registration-id ${id}`,
  unknown_id_scope: (_, { facts }) =>
    `Give the device the ID scope that "landfall env" prints${facts ? ` (${facts.settings.idScope})` : ''}.`,
  bad_id: () =>
    'Give the device a registration id of 1 to 128 letters, digits, "-", ".", "_" or ":" that ends with a letter, a digit or "-".',
  sas_malformed: () => 'Make the token as the SDKs do; the registration id stands in it percent-encoded or as it is.',
  sas_expired: () => "Make a new token for each attempt, and set the device's clock.",
  sas_wrong_scope: ({ expected }) => `Sign the resource "${expected}".`,
  sas_wrong_key: ({ id }, { enrollment }) =>
    enrollment?.kind === 'individual'
      ? `Give the device the primary or secondary key of its enrollment: landfall enrollment show ${id} --keys`
      : `Derive the device's key anew: landfall compute-device-key --group ID --registration-id ${id}`,
  unknown_enrollment: ({ id, attestation }) =>
    attestation === 'SAS token'
      ? `There is no individual enrollment "${id}", and the key is derived from that of no enrollment group. Enroll it: landfall enrollment create ${id}, or derive its key: landfall compute-device-key --group ID --registration-id ${id}`
      : `Enroll this certificate: landfall enrollment create ${id} --certificate-path FILE`,
  wrong_attestation: ({ expected, enrollment }) =>
    `Let the device show ${expected}, or delete the individual enrollment, so that a group may let it in: landfall enrollment delete ${enrollment}`,
  certificate_differs: ({ id }) =>
    `Was the certificate renewed? Put it into the enrollment: landfall enrollment update ${id} --secondary-certificate-path FILE. Else give the device the enrolled one.`,
  id_mismatch: ({ commonName, id }) =>
    `Let the device register as "${commonName}", or issue its certificate with CN=${id}.`,
  no_common_name: ({ id }) => `Issue the device's certificate anew with CN=${id}.`,
  body_id_differs: () => 'Send the same registration id in the body as in the path, or none.',
  chain_incomplete: incomplete,
  anchor_unknown: unknownAnchor,
  anchor_unverified: unverified,
  signature_invalid: ({ subject, issuer }) =>
    `Another CA of the same name "${issuer}" signed "${subject}". Send the certificate of the one that did, or issue "${subject}" anew.`,
  expired: ({ subject, position }) =>
    Number(position) === 1
      ? `Renew the device's certificate "${subject}".`
      : `Renew "${subject}" with the same key and name, then what is below it stays good: send or enroll the new one. With another key, issue everything below it anew.`,
  not_yet_valid: ({ subject, notBefore }) =>
    `Wait until ${notBefore}, or set the clock of the machine that issued "${subject}".`,
  not_a_ca: reissue('with basicConstraints CA:TRUE'),
  path_length: ({ subject }) =>
    `Issue "${subject}" anew with a larger path length, or issue the device's certificate directly below it.`,
  key_usage: ({ subject, lacks }) => `Issue "${subject}" anew with the key usage ${lacks}.`,
  extended_key_usage: reissue('with the extended key usage clientAuth, or without any'),
  name_constraint: ({ ca }) => `Choose a name that "${ca}" permits, or another CA.`,
  critical_extension: reissue('without the critical extension'),
  duplicate_extension: reissue('with each extension once'),
  weak_key: reissue('with a key of RSA 2048 bits or more, or on P-256, P-384 or P-521'),
  weak_signature: reissue('signed with SHA-256 or better'),
  unsupported_algorithm: reissue('with RSA or ECDSA and SHA-256 or better'),
  chain_too_long: () => 'Send the device certificate and its intermediates only.',
  chain_too_large: () => 'Send the device certificate and its intermediates only.',
  enrollment_disabled: enable,
  group_disabled: enable,
  no_hub: () => 'Link a hub, or change the hubs of the enrollment: landfall hub list',
  hub_not_linked: ({ hub }) => `Link it: landfall hub link ${hub}, or change the hubs of the enrollment.`,
  tpm_unknown_enrollment: ({ id }) => `Enroll it: landfall enrollment create ${id} --endorsement-key KEY`,
  tpm_bad_endorsement_key: ({ id }) =>
    `Give its enrollment a good one: landfall enrollment update ${id} --endorsement-key KEY`,
  tpm_other_endorsement_key: ({ id }) =>
    `Was the device or its TPM replaced? Put its key into the enrollment: landfall enrollment update ${id} --endorsement-key KEY`,
  tpm_wrong_key: () => 'Let the device register anew: it is sent a key to sign with.',
  tpm_over_mqtt: () => 'Let the device register over HTTPS or AMQP.',
}
