/**
 * Everything the service can say no to: one catalogue of reasons, each with its six-digit code, its sentence and
 * the contract section it comes from. The HTTP status is the code's first three digits and the business of whoever
 * renders it (contract/semantics 15.1).
 */
type Text = string | number | undefined
export type Facts = Readonly<Record<string, Text>>

interface CatalogueEntry {
  /** HTTP status times 1000 plus a detail. */
  readonly code: number
  /** Where the rule stands. */
  readonly section: string
  /** What is wrong with this device or request, and what to do. */
  readonly sentence: (facts: Facts) => string
  /** The cloud's bare text, for `--fidelity cloud` (contract/semantics 15.3, 19.1). */
  readonly cloud: string
}

const says = (code: number, section: string, cloud: string, sentence: (facts: Facts) => string): CatalogueEntry => ({
  code,
  section,
  cloud,
  sentence,
})

const unauthorized = 'Unauthorized'
const invalidCertificate = 'Invalid certificate'
const otherEndorsementKey = 'Endorsement key is invalid, or does not match the Enrollment.'
const caNotFound = 'CA certificate not found.'

/** A certificate in a sentence: `The certificate "CN=Plant 7 CA" (2nd in the chain of "pump-12")`. */
function certificate({ subject, position, id }: Facts): string {
  const where = position === undefined ? '' : ` (${ordinal(Number(position))} in the chain${id ? ` of "${id}"` : ''})`
  return `The certificate "${subject ?? 'unknown'}"${where}`
}

function ordinal(position: number): string {
  if (position === 1) return 'the device certificate, 1st'
  return position === 2 ? '2nd' : position === 3 ? '3rd' : `${position}th`
}

const device = (f: Facts) => `The${theDevice(f).slice(3)}`
const theDevice = ({ id }: Facts) => (id === undefined ? 'the device' : `the device "${id}"`)

export const catalogue = {
  // -- requests
  invalid: says(400004, 'contract/service-api 12.2', 'Bad request', (f) => String(f.message)),
  private_key_sent: says(
    400004,
    'contract/management 5.3',
    'Bad request',
    (f) =>
      `${f.what} holds a private key (${f.kind}), which must never be sent. It was neither stored nor logged. Send the certificate alone; if others can have seen the key on its way, replace it.`,
  ),
  bad_id: says(
    400004,
    'contract/semantics 1.1',
    'Invalid RegistrationId',
    (f) =>
      `Invalid RegistrationId: "${f.id}" is not a legal registration id. Use 1 to 128 letters, digits, "-", ".", "_" or ":", and end with a letter, a digit or "-".`,
  ),
  bad_group_id: says(
    400004,
    'contract/service-api 11.2',
    'Invalid EnrollmentGroupId',
    (f) =>
      `"${f.id}" is not a legal enrollment group id. Use 1 to 128 letters, digits, "-", ".", "_" or ":", and end with a letter, a digit or "-".`,
  ),
  body_malformed: says(
    400000,
    'contract/service-api 12.2',
    'Bad Request',
    (f) => `The request body cannot be read: ${f.why}. Send JSON in UTF-8.`,
  ),
  registration_malformed: says(
    400004,
    'contract/semantics 18 row 82',
    'Bad Request',
    (f) =>
      `The message of ${theDevice(f)} cannot be read: ${f.why}. Send a JSON object such as {"registrationId":"…"}, or no body at all.`,
  ),
  bad_request: says(400000, 'contract/service-api 12.2', 'Bad Request', (f) => String(f.message)),
  body_too_large: says(
    413000,
    'contract/semantics 14',
    'Request entity too large',
    (f) => `The request body is larger than the ${f.limitBytes} bytes that this operation takes. Send less.`,
  ),
  not_found: says(
    404000,
    'contract/service-api 12.4',
    'Not found',
    (f) => `There is no ${f.method} ${f.path} here. See the api-version and the path.`,
  ),
  method_not_allowed: says(
    405000,
    'contract/service-api 4.23',
    'Method not allowed',
    (f) => `${f.method} is not allowed on ${f.path}.`,
  ),
  media_type: says(
    415000,
    'contract/service-api 4.19',
    'Unsupported media type',
    (f) => `The body is "${f.type}"; send application/json.`,
  ),
  upgrade_required: says(
    426000,
    'contract/device-api 9',
    'Upgrade required',
    () => 'This path speaks WebSocket only. Upgrade the connection and offer the sub-protocol "mqtt".',
  ),
  resource_not_found: says(404001, 'contract/management 2.45', 'Resource not found.', (f) => String(f.message)),
  enrollment_not_found: says(
    404201,
    'contract/service-api 6.4',
    'Enrollment not found.',
    (f) => `Enrollment not found: there is no individual enrollment "${f.id}".`,
  ),
  quick_start_not_found: says(
    404000,
    'own',
    'Not found.',
    (f) =>
      `There is no quick start "${f.name}": neither a group nor a CA certificate of this name was made by one. What you made yourself is deleted where you made it.`,
  ),
  group_not_found: says(
    404202,
    'contract/service-api 6.4',
    'EnrollmentGroup not found.',
    (f) => `EnrollmentGroup not found: there is no enrollment group "${f.id}".`,
  ),
  registration_not_found: says(
    404203,
    'contract/service-api 7.10',
    'Registration not found.',
    (f) =>
      `Registration not found: "${f.id}" has no registration record; the device never registered, or the record was deleted.`,
  ),
  never_registered: says(
    404202,
    'contract/semantics 18 row 80',
    'Registration not found.',
    (f) => `"${f.id}" has no registration record. Register first.`,
  ),
  operation_unknown: says(
    404202,
    'contract/semantics 12.11',
    'Operation not found.',
    (f) =>
      `There is no operation "${f.operationId}" of "${f.id}". Operations can be read for 24 hours and by their own device only; register again.`,
  ),
  certificate_not_found: says(
    404010,
    'contract/management 2.45',
    'Certificate not found.',
    (f) => `There is no CA certificate "${f.name}".`,
  ),
  hub_not_found: says(
    404030,
    'contract/management 4',
    'Linked hub not found.',
    (f) => `There is no linked hub "${f.name}".`,
  ),
  device_not_found: says(
    404001,
    'contract/iot-hub 3.4',
    'Device not found.',
    (f) => `There is no device "${f.id}" on the hub "${f.hub}".`,
  ),
  // what an embedded hub says of its devices, in its own words
  hub_device_not_found: says(404001, 'contract/iot-hub 3.4', 'Device not found.', (f) => String(f.message)),
  device_not_online: says(404103, 'contract/iot-hub 8.3', 'Device not online.', (f) => String(f.message)),
  device_queue_full: says(403004, 'contract/iot-hub 13.1', 'Queue is full.', (f) => String(f.message)),
  message_too_large: says(413001, 'contract/iot-hub 13.1', 'Message too large.', (f) => String(f.message)),
  device_busy: says(429005, 'contract/iot-hub 8', 'Too many requests', (f) => String(f.message)),
  device_answer_malformed: says(502001, 'contract/iot-hub 8.6', 'Bad device response.', (f) => String(f.message)),
  device_silent: says(504101, 'contract/iot-hub 8.6', 'Gateway timeout', (f) => String(f.message)),
  token_not_found: says(
    404000,
    'contract/management 6.4',
    'Not found',
    (f) => `There is no token "${f.name}". "landfall token list" shows those that there are.`,
  ),
  policy_not_found: says(
    404020,
    'contract/management 2.45',
    'Key not found.',
    (f) => `There is no shared access policy "${f.name}".`,
  ),
  attempt_not_found: says(
    404040,
    'ARCHITECTURE: attempts',
    'Not found',
    (f) => `No attempt is remembered for ${f.what}. Attempts are kept within a bound; the oldest are forgotten first.`,
  ),
  trace_not_found: says(
    404041,
    'ARCHITECTURE: traces',
    'Not found',
    (f) =>
      `Nothing is remembered under the tracking id "${f.trackingId}". Attempts of devices are kept within a bound, other refusals until the service restarts.`,
  ),
  enrollment_exists: says(
    409201,
    'contract/service-api 6.4',
    'Enrollment already exists.',
    (f) => `Enrollment already exists: "${f.id}". To change it, send its etag in If-Match, or "*".`,
  ),
  group_exists: says(
    409202,
    'contract/service-api 6.4',
    'EnrollmentGroup already exists.',
    (f) => `EnrollmentGroup already exists: "${f.id}". To change it, send its etag in If-Match, or "*".`,
  ),
  certificate_in_use: says(
    409204,
    'contract/semantics 2.9',
    'Certificate already in use.',
    (f) =>
      `The signing certificate "${f.subject}" is already that of the enrollment group "${f.group}". One certificate belongs to one group; use that group, or delete it first.`,
  ),
  name_taken: says(409001, 'contract/management 2.45', 'Already exists.', (f) => String(f.message)),
  in_use: says(409002, 'contract/management 5.8', 'Conflict', (f) => String(f.message)),
  precondition_failed: says(
    412000,
    'contract/service-api 6.4',
    'Precondition failed',
    (f) =>
      `Precondition failed: "${f.id}" was changed by somebody else since you read it. Read it again and repeat the change.`,
  ),
  registration_conflict: says(
    409203,
    'contract/semantics 12.12',
    'Precondition failed.',
    (f) => `The device "${f.id}" is being registered by another request at this moment. Try again in a second.`,
  ),
  api_version: says(400000, 'contract/service-api 2.3', 'Unsupported api-version', (f) => String(f.message)),
  throttled: says(
    429001,
    'contract/semantics 14.2',
    'Operations are being throttled for this tenant.',
    () => 'Operations are being throttled for this tenant. Try again later.',
  ),
  internal: says(
    500000,
    'contract/semantics 15.4',
    'An internal error occurred.',
    (f) =>
      `An internal error occurred. Nothing was changed. Look for tracking id ${f.trackingId ?? '(above)'} in the log of the service.`,
  ),
  storage_unavailable: says(
    503001,
    'ARCHITECTURE: storage',
    'Service unavailable',
    (f) =>
      `The service cannot write to its disk (${f.why ?? 'unknown'}), so nothing was changed. Free some space or make the data directory writable; the service recovers by itself.`,
  ),
  too_many_watchers: says(
    503003,
    'ARCHITECTURE: traces',
    'Service unavailable',
    (f) => `${f.limit} watch this service already, or it is closing. Close a page of the portal, or try again later.`,
  ),
  overloaded: says(
    503002,
    'contract/device-api 8.4',
    'Service unavailable',
    () => 'The service has as much to do as it can take. Try again in a few seconds.',
  ),

  // -- back-end credentials (contract/service-api 5)
  token_missing: says(
    401000,
    'contract/service-api 5.8',
    unauthorized,
    (f) =>
      `No Authorization header. Send a SharedAccessSignature of a shared access policy${f.also === undefined ? '' : `, or ${f.also}`}.`,
  ),
  token_malformed: says(
    401000,
    'contract/service-api 5.1',
    unauthorized,
    (f) => `The Authorization header is not a SharedAccessSignature with sr, sig, se and skn: ${f.why}.`,
  ),
  token_expired: says(
    401000,
    'contract/service-api 5.5',
    unauthorized,
    (f) =>
      `The token expired at ${f.expiredAt}, ${f.lateBySeconds} s ago (the service's clock says ${f.now}). Make a new one, and check the clocks.`,
  ),
  token_wrong_resource: says(
    401000,
    'contract/service-api 5.4',
    unauthorized,
    (f) =>
      `The token is for "${f.resource}", which is not this host and path (${f.expected}). Use the HostName of the connection string.`,
  ),
  token_unknown_policy: says(
    401000,
    'contract/service-api 5.5',
    unauthorized,
    (f) => `There is no shared access policy "${f.policy}". Take the connection string anew.`,
  ),
  token_wrong_key: says(
    401000,
    'contract/service-api 5.2',
    unauthorized,
    (f) => `The signature of the token fits neither key of the policy "${f.policy}". Take the connection string anew.`,
  ),
  token_missing_right: says(
    401000,
    'contract/service-api 5.6',
    unauthorized,
    (f) => `The policy "${f.policy}" lacks the right ${f.right}. It has: ${f.has}. Use a policy that has it.`,
  ),
  local_auth_disabled: says(
    401000,
    'contract/management 3.2',
    unauthorized,
    () =>
      'Keys of shared access policies do not open the service API: disableLocalAuth is set on this service. Send a bearer token ("landfall token"), or switch it off.',
  ),
  not_permitted: says(
    403000,
    'contract/management 6.4',
    'Forbidden',
    (f) =>
      `"${f.actor}" may not do that: it lacks ${f.permission}. Ask with a credential whose roles or rights allow it.`,
  ),
  token_bearer: says(
    401000,
    'contract/iot-hub 2',
    unauthorized,
    () => 'A hub takes no bearer tokens. Send a SharedAccessSignature of one of its shared access policies.',
  ),

  // -- bearer tokens, ours or an issuer's, and sessions of the portal (contract/management 6.4)
  bearer_malformed: says(
    401000,
    'RFC 7519 7.2',
    unauthorized,
    (f) => `The bearer token cannot be read: ${f.why}. "landfall token" prints one.`,
  ),
  bearer_algorithm: says(
    401000,
    'RFC 8725 3.1',
    unauthorized,
    (f) => `The bearer token is signed with "${f.algorithm}", which is not accepted. It takes ${f.accepted}.`,
  ),
  bearer_wrong_key: says(
    401000,
    'RFC 7515 5.2',
    unauthorized,
    (f) =>
      `The bearer token is not signed with a key of ${f.issuer}: it was forged, or the key is gone since. Get a new token.`,
  ),
  bearer_unknown_issuer: says(
    401000,
    'RFC 8725 3.8',
    unauthorized,
    (f) =>
      `The bearer token was issued by "${f.issuer}", which is not trusted here. Get one with "landfall token"${f.trusted === undefined ? ', or name the issuer with --oidc-issuer' : `, or from ${f.trusted}`}.`,
  ),
  bearer_wrong_audience: says(
    401000,
    'RFC 8725 3.9',
    unauthorized,
    (f) => `The bearer token is for "${f.audience}", not for this service. Ask for the audience ${f.expected}.`,
  ),
  bearer_expired: says(
    401000,
    'RFC 7519 4.1.4',
    unauthorized,
    (f) => `The bearer token expired at ${f.expiredAt} (now: ${f.now}). Get a new one, and check the clocks.`,
  ),
  bearer_not_yet_valid: says(
    401000,
    'RFC 7519 4.1.5',
    unauthorized,
    (f) => `The bearer token is not valid yet (now: ${f.now}). Check the clock of the machine that issued it.`,
  ),
  bearer_revoked: says(
    401000,
    'contract/management 6.4',
    unauthorized,
    (f) => `The credential of "${f.actor}" holds no longer: ${f.why}. Get a new one.`,
  ),
  bearer_used: says(
    401000,
    'contract/management 6.4',
    unauthorized,
    () => 'This link has signed somebody in already. "landfall portal" makes another one.',
  ),
  secret_wrong: says(
    401000,
    'contract/management 6.12',
    unauthorized,
    () => 'The client id or its secret is wrong, or the token was deleted. "landfall token create" makes a new one.',
  ),
  issuer_unreachable: says(
    401000,
    'contract/management 6.4',
    unauthorized,
    (f) => `The token cannot be checked: this service cannot reach the issuer ${f.issuer} (${f.why}). Try again soon.`,
  ),
  session_missing: says(
    401000,
    'contract/management 6.4',
    unauthorized,
    () => 'Nobody is signed in here, or the session has ended. Sign in.',
  ),
  cross_site: says(
    403000,
    'contract/management 6.4',
    'Forbidden',
    (f) => `A session of the portal works from the portal only: ${f.why}.`,
  ),
  too_many_sign_ins: says(
    429002,
    'contract/management 6.4',
    'Too many requests',
    (f) => `Too many sign-ins failed from here. Try again in ${f.retryAfterSeconds} s.`,
  ),

  // -- a device's credentials (contract/semantics 3, 4, 6)
  unknown_id_scope: says(
    401002,
    'contract/semantics 15.5',
    unauthorized,
    (f) =>
      `Unknown id scope "${f.idScope}" for ${theDevice(f)}. Compare it with the ID scope that "landfall env" prints.`,
  ),
  credentials_missing: says(
    401002,
    'contract/semantics 4.17',
    unauthorized,
    (f) => `${device(f)} showed neither a client certificate nor a SAS token. Send one of them.`,
  ),
  one_device_a_connection: says(
    401002,
    'contract/device-api-amqp-tpm 5.3',
    unauthorized,
    (f) =>
      `${device(f)} asks on an AMQP connection that belongs to another registration id. Open a connection for each device.`,
  ),
  sas_malformed: says(
    401002,
    'contract/semantics 6.9',
    unauthorized,
    (f) =>
      `The SAS token of ${theDevice(f)} cannot be read: ${f.why}. Its form is "SharedAccessSignature sr={idScope}/registrations/{registrationId}&sig={signature}&se={unix seconds}&skn=registration".`,
  ),
  sas_expired: says(
    401002,
    'contract/semantics 6.8',
    unauthorized,
    (f) =>
      `The SAS token of ${theDevice(f)} expired at ${f.expiredAt}, ${f.lateBySeconds} s ago by the service's clock (${f.now}). Check the device's clock and make a new token.`,
  ),
  sas_wrong_scope: says(
    401002,
    'contract/semantics 6.9',
    unauthorized,
    (f) =>
      `The SAS token is for "${f.resource}", but ${theDevice(f)} registers as "${f.expected}". Sign the resource {idScope}/registrations/{registrationId}.`,
  ),
  sas_wrong_key: says(
    401002,
    'contract/semantics 6.2, 6.3',
    unauthorized,
    (f) =>
      `The SAS token of ${theDevice(f)} is signed with another key than its enrollment's. For an individual enrollment sign with its primary or secondary key; for a group with the device key derived from the group key and the registration id exactly as written.`,
  ),
  unknown_enrollment: says(
    401002,
    'contract/semantics 15.4',
    unauthorized,
    (f) =>
      `No enrollment lets ${theDevice(f)} in with the ${f.attestation} it showed. Create an individual enrollment with this registration id, or an enrollment group ${f.attestation === 'SAS token' ? 'whose key its device key is derived from' : 'for a certificate of its chain'}.`,
  ),
  tpm_unknown_enrollment: says(
    404201,
    'contract/semantics 7.8',
    'Enrollment not found.',
    (f) =>
      `Enrollment not found: there is no individual enrollment "${f.id}" with TPM attestation. Create one with the endorsement key of this device.`,
  ),
  tpm_bad_endorsement_key: says(
    400004,
    'contract/device-api-amqp-tpm 8.1',
    otherEndorsementKey,
    (f) =>
      `The endorsement key in the enrollment${f.id === undefined ? '' : ` of "${f.id}"`} cannot be used: ${f.why}. Give the public area of a TPM's endorsement key in base64, as in "tpm2_readpublic -c 0x81010001 -o ek.pub; base64 -w0 ek.pub".`,
  ),
  tpm_other_endorsement_key: says(
    400004,
    'contract/semantics 18 row 59',
    otherEndorsementKey,
    (f) =>
      `The endorsement key of ${theDevice(f)} is not the one in its individual enrollment${f.why === undefined ? '' : `: ${f.why}`}. If the device or its TPM was replaced, put the new key into the enrollment; else look which device took this registration id.`,
  ),
  tpm_bad_storage_root_key: says(
    400004,
    'contract/device-api-amqp-tpm 10.5',
    'Bad request',
    (f) =>
      `The storage root key that ${theDevice(f)} sent cannot be used: ${f.why}. Send the public area (TPM2B_PUBLIC) of a storage key of RSA 2048 or 3072, or on P-256 or P-384, in base64 as tpm.storageRootKey.`,
  ),
  tpm_wrong_key: says(
    401002,
    'contract/device-api-amqp-tpm 10.3',
    unauthorized,
    (f) =>
      `The SAS token of ${theDevice(f)} is not signed with the key that its TPM was sent. That key is for these endorsement and storage root keys alone and lasts one to two hours. Register again without a token, activate the key of the answer and sign with it.`,
  ),
  tpm_over_mqtt: says(
    401002,
    'contract/device-api-amqp-tpm 10.6',
    unauthorized,
    (f) =>
      `${device(f)} attests by TPM, for which MQTT has no step. Let it register over HTTPS or AMQP; its hub it may reach over MQTT.`,
  ),
  wrong_attestation: says(
    401002,
    'contract/semantics 3.2',
    unauthorized,
    (f) =>
      `The individual enrollment "${f.enrollment}" expects ${f.expected}, but ${theDevice(f)} showed ${f.shown}. Change the enrollment, or what the device shows.`,
  ),
  certificate_differs: says(
    401002,
    'contract/semantics 4.7',
    invalidCertificate,
    (f) =>
      `The certificate of ${theDevice(f)} (SHA-256 ${f.sha256Thumbprint}) is neither the primary nor the secondary of its individual enrollment. Update the enrollment with the new certificate, or present the enrolled one.`,
  ),
  id_mismatch: says(
    401002,
    'contract/semantics 4.14',
    unauthorized,
    (f) =>
      `The device certificate's common name is "${f.commonName}", but the device registers as "${f.id}". Register as "${f.commonName}", or issue a certificate with that common name.`,
  ),
  no_common_name: says(
    401002,
    'contract/semantics 4.13',
    unauthorized,
    (f) =>
      `The device certificate "${f.subject}" has no common name, so it names no registration id. Issue one whose subject has CN=${f.id ?? '{registration id}'}.`,
  ),
  client_id_differs: says(
    401002,
    'contract/device-api 5.2',
    unauthorized,
    (f) =>
      `The MQTT client id "${f.clientId}" is not the registration id "${f.id}" of the user name. Connect with the registration id as client id.`,
  ),
  body_id_differs: says(
    400004,
    'contract/semantics 4.15',
    'Invalid RegistrationId',
    (f) =>
      `The body names the registration id "${f.bodyId}", the request "${f.id}". Send the same in both, or none in the body.`,
  ),

  // -- certificate paths (contract/cert-check 3, contract/semantics 4)
  chain_missing: says(
    401002,
    'contract/semantics 4.17',
    unauthorized,
    (f) => `${device(f)} sent no certificate. Configure its client certificate, with the intermediates.`,
  ),
  chain_incomplete: says(
    401002,
    'contract/semantics 4.1',
    caNotFound,
    (f) =>
      `The chain${f.id ? ` of "${f.id}"` : ''} stops at "${f.subject}": its issuer "${f.issuer}" was not sent and is not known here. Send the intermediate certificates with the device certificate, or enroll the certificate "${f.issuer}".`,
  ),
  anchor_unknown: says(
    401002,
    'contract/semantics 4.1',
    caNotFound,
    (f) =>
      `The chain${f.id ? ` of "${f.id}"` : ''} ends at "${f.subject}", which is no certificate of an enrollment group here. Create an enrollment group with that certificate or with an intermediate of the chain as its signing certificate.`,
  ),
  anchor_unverified: says(
    401002,
    'contract/semantics 4.3, 5.1',
    caNotFound,
    (f) =>
      `The chain${f.id ? ` of "${f.id}"` : ''} ends at the enrollment group's certificate "${f.subject}", which is not verified, nor is any certificate above it that is known here. Prove possession of its key: landfall certificate add FILE --key KEYFILE.${f.missing === undefined ? '' : ` Or, if one above it is verified, send "${f.missing}" with the device certificate: it was not sent.`}`,
  ),
  signature_invalid: says(
    401002,
    'RFC 5280 6.1.3(a)(1)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} is not signed by "${f.issuer}", which it names as its issuer. Issue it anew with the right key.`,
  ),
  expired: says(
    401002,
    'RFC 5280 6.1.3(a)(2)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} expired at ${f.notAfter} (now: ${f.at}). Renew it${f.position === 1 ? '' : ', and everything issued under it'}.`,
  ),
  not_yet_valid: says(
    401002,
    'RFC 5280 6.1.3(a)(2)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} is not valid before ${f.notBefore} (now: ${f.at}). Check the clock of the machine that issued it, or wait.`,
  ),
  not_a_ca: says(
    401002,
    'RFC 5280 6.1.4(k)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} issued another certificate of the chain, but is no CA: it lacks basicConstraints CA:TRUE. Issue it anew as a CA.`,
  ),
  path_length: says(
    401002,
    'RFC 5280 6.1.4(m)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} allows ${f.limit} intermediate certificates below it, but the chain has ${f.depth}. Shorten the chain, or raise its path length.`,
  ),
  key_usage: says(
    401002,
    'RFC 5280 6.1.4(n)',
    invalidCertificate,
    (f) => `${certificate(f)} may not be used for this: its key usage lacks ${f.lacks}. Issue it anew with ${f.lacks}.`,
  ),
  extended_key_usage: says(
    401002,
    'RFC 5280 4.2.1.12',
    invalidCertificate,
    (f) =>
      `${certificate(f)} may not be used for ${f.purpose}: its extended key usage does not allow it. Issue it anew with ${f.purpose}, or without extended key usage.`,
  ),
  name_constraint: says(
    401002,
    'RFC 5280 6.1.3(b)-(c)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} has the name "${f.name}", which the CA "${f.ca}" does not permit below it. Issue it under another name, or under another CA.`,
  ),
  critical_extension: says(
    401002,
    'RFC 5280 6.1.5(e)',
    invalidCertificate,
    (f) => `${certificate(f)} has a critical extension that is not understood (${f.oid}). Issue it without.`,
  ),
  duplicate_extension: says(
    401002,
    'RFC 5280 4.2',
    invalidCertificate,
    (f) => `${certificate(f)} has the extension ${f.oid} twice. Issue it anew.`,
  ),
  malformed: says(
    401002,
    'RFC 5280 4.1',
    invalidCertificate,
    (f) =>
      `${f.subject === undefined ? `A certificate of the chain${f.id ? ` of "${f.id}"` : ''}${f.position === undefined ? '' : ` (${ordinal(Number(f.position))})`}` : certificate(f)} cannot be read: ${f.why}. Issue it anew.`,
  ),
  weak_key: says(
    401002,
    'contract/semantics 4.12',
    invalidCertificate,
    (f) => `${certificate(f)} has a weak key (${f.key}). Use RSA of at least 2048 bits, or P-256, P-384 or P-521.`,
  ),
  weak_signature: says(
    401002,
    'contract/semantics 4.12',
    invalidCertificate,
    (f) => `${certificate(f)} is signed with ${f.algorithm}, which is too weak. Sign with SHA-256 or better.`,
  ),
  unsupported_algorithm: says(
    401002,
    'contract/semantics 4.12',
    invalidCertificate,
    (f) => `${certificate(f)} uses ${f.algorithm}, which is not supported. Use RSA or ECDSA with SHA-256 or better.`,
  ),
  chain_too_long: says(
    401002,
    'contract/semantics 4.16',
    invalidCertificate,
    (f) =>
      `The chain${f.id ? ` of "${f.id}"` : ''} ${f.checks ? `needs more than ${f.checks} signature checks` : `is longer than ${f.limit} certificates`}. Send only the device certificate and its intermediates.`,
  ),
  chain_too_large: says(
    401002,
    'contract/semantics 4.16',
    invalidCertificate,
    (f) =>
      `The chain${f.id ? ` of "${f.id}"` : ''} is larger than ${f.limitBytes} bytes. Send only the device certificate and its intermediates.`,
  ),
  policy: says(
    401002,
    'RFC 5280 6.1.5(g)',
    invalidCertificate,
    (f) =>
      `${certificate(f)} leaves no certificate policy that is valid for the whole chain, though one is required. Issue it with the policies of its CA.`,
  ),

  // -- let in, but not assigned: recorded, status failed or disabled, HTTP 200 (contract/semantics 12.4, 15.3)
  enrollment_disabled: says(
    401003,
    'contract/semantics 12.4',
    'The enrollment is disabled.',
    (f) => `The individual enrollment "${f.enrollment}" is disabled. Enable it to let the device in.`,
  ),
  group_disabled: says(
    401003,
    'contract/semantics 12.4',
    'The enrollment is disabled.',
    (f) =>
      `The enrollment group "${f.enrollment}" is disabled, so ${theDevice(f)} is not let in. Enable the group to let its devices in.`,
  ),
  custom_allocation_failed: says(400207, 'contract/semantics 9.8', 'Custom allocation failed', (f) =>
    String(f.message),
  ),
  no_hub: says(
    400208,
    'contract/semantics 8.10',
    'IoT Hub not specified.',
    (f) => `There is no hub for ${theDevice(f)}: ${f.why}`,
  ),
  hub_not_linked: says(
    400208,
    'contract/semantics 8.11',
    'IoT Hub not specified.',
    (f) =>
      `${device(f)} belongs on the hub "${f.hub}"${f.because ? ` (${f.because})` : ''}, which is not linked to this service. Link it, or change the hubs of the enrollment.`,
  ),
  hub_refused: says(
    400209,
    'contract/semantics 8.12',
    unauthorized,
    (f) =>
      `The hub "${f.hub}" refused: ${f.why} Look at the hub, and at the connection string of its link: landfall hub show ${f.hub} --keys.`,
  ),
  tpm_hub_key: says(
    400209,
    'contract/device-api-amqp-tpm 10.4',
    unauthorized,
    (f) =>
      `The hub "${f.hub}" has no symmetric key for the device "${f.deviceId}" that a TPM could be sent: ${f.why}. Let the device register again, or give its identity on the hub a key of 16 to 64 bytes.`,
  ),
  diagnosed: says(
    401002,
    'docs/diagnose.md',
    unauthorized,
    (f) =>
      `This was "landfall diagnose --listen", which registers nobody. What the service would do about ${theDevice(f)}: ${f.would}`,
  ),
  hub_unreachable: says(
    500208,
    'contract/semantics 18 row 66',
    'An error occurred while sending the request.',
    (f) => `The hub "${f.hub}" could not be reached: ${f.why}. The device may try again.`,
  ),
} as const satisfies Record<string, CatalogueEntry>

/** The stable name of a cause, on the wire in the error's `info`, in logs, metrics and `landfall explain`. */
export type Reason = keyof typeof catalogue

export const sentenceOf = (reason: Reason, facts: Facts): string => catalogue[reason].sentence(facts)
export const codeOf = (reason: Reason): number => catalogue[reason].code
/** The HTTP status of a code: its first three digits. */
export const statusOf = (code: number): number => Math.floor(code / 1000)

/** What a rule found, as a value. The domain collects faults, weighs them, and throws one error at most. */
export interface Fault {
  readonly reason: Reason
  readonly facts: Facts
}

/** A refusal. `facts` are fields for sentence and log; never a secret among them. `cause` is for the log only. */
export class ProvisioningError extends Error {
  readonly reason: Reason
  readonly facts: Facts
  readonly code: number

  constructor(reason: Reason, facts: Facts = {}, options?: { cause?: unknown }) {
    super(sentenceOf(reason, facts), options)
    this.name = 'ProvisioningError'
    this.reason = reason
    this.facts = facts
    this.code = codeOf(reason)
  }

  get status(): number {
    return statusOf(this.code)
  }
}

/** Whatever was thrown, as a refusal: what nobody foresaw becomes 500 without text (contract/semantics 15.4). */
export function asRefusal(error: unknown): ProvisioningError {
  return error instanceof ProvisioningError ? error : new ProvisioningError('internal', {}, { cause: error })
}

/** The most a wire error says: what every protocol renders (contract/semantics 15.1). */
export interface ErrorBody {
  readonly errorCode: number
  readonly trackingId: string
  readonly message: string
  readonly info: Readonly<Record<string, string>>
  readonly timestampUtc: string
}

/** `info.reason` carries the stable reason code; `--fidelity cloud` gives the cloud's bare text and no info. */
export function errorBodyOf(
  refusal: ProvisioningError,
  { trackingId, at, bare = false }: { trackingId: string; at: number; bare?: boolean },
): Omit<ErrorBody, 'info'> & Partial<Pick<ErrorBody, 'info'>> {
  const facts = refusal.reason === 'internal' ? { trackingId } : refusal.facts
  return {
    errorCode: refusal.code,
    trackingId,
    message: bare ? catalogue[refusal.reason].cloud : sentenceOf(refusal.reason, facts),
    ...(bare ? {} : { info: { reason: refusal.reason } }),
    timestampUtc: new Date(at).toISOString(),
  }
}
