/** The same request for other tools. Keys are in it only where they are meant to be shown. */
import { type EnrollmentKind, type EnrollmentView, idOf } from '../../../api/enrollments.ts'
import { reprovisionOf } from '../form/read-form.ts'
import { commandLine, quoted } from './shell.ts'

export interface Request {
  readonly kind: EnrollmentKind
  readonly body: EnrollmentView
  /** It is there already. */
  readonly exists: boolean
  /** Of the service: `https://localhost:8443`. */
  readonly origin: string
  readonly keys: 'shown' | 'hidden'
}

export const tools = ['az', 'curl', 'landfall', 'node'] as const
export type Tool = (typeof tools)[number]

const hiddenKeys = { primaryKey: 'PRIMARY_KEY', secondaryKey: 'SECONDARY_KEY' } as const

export function snippet(tool: Tool, request: Request): string {
  const shown = { ...request, body: withPlaceholders(withoutKeys(request), request.exists) }
  return { az: azureCli, curl, landfall: landfallCli, node: nodeClient }[tool](shown)
}

function withoutKeys({ body, keys }: Request): EnrollmentView {
  const given = body.attestation.symmetricKey
  if (keys === 'shown' || !given) return body
  const symmetricKey = {
    ...(given.primaryKey && { primaryKey: hiddenKeys.primaryKey }),
    ...(given.secondaryKey && { secondaryKey: hiddenKeys.secondaryKey }),
  }
  return { ...body, attestation: { ...body.attestation, symmetricKey } }
}

/** A certificate that the service has is shown by nobody; a new enrollment needs it all the same. */
function withPlaceholders(body: EnrollmentView, exists: boolean): EnrollmentView {
  const { type, x509 } = body.attestation
  const place = x509?.signingCertificates ? 'signingCertificates' : 'clientCertificates'
  const { primary, secondary } = x509?.[place] ?? {}
  if (exists || !(primary ?? secondary)) return body
  const filled = {
    ...(primary && { primary: { certificate: primary.certificate ?? 'PRIMARY_CERTIFICATE' } }),
    ...(secondary && { secondary: { certificate: secondary.certificate ?? 'SECONDARY_CERTIFICATE' } }),
  }
  return { ...body, attestation: { type, x509: { [place]: filled } } }
}

/** The extension azure-iot; the connection string says where the service is (contract/management 6.21). */
function azureCli({ kind, body, exists }: Request): string {
  return commandLine([
    `az iot dps ${kind === 'group' ? 'enrollment-group' : 'enrollment'} ${exists ? 'update' : 'create'}`,
    '--login "$IOT_PROVISIONING_SERVICE_CONNECTION_STRING"',
    option('enrollment-id', idOf(body)),
    kind === 'individual' && !exists ? `--attestation-type ${body.attestation.type.toLowerCase()}` : undefined,
    ...attestationOptions(body),
    ...sharedOptions(body, { geoLatency: 'geolatency', edge: (on) => `--edge-enabled ${on}` }),
  ])
}

function landfallCli({ kind, body, exists }: Request): string {
  return commandLine([
    `landfall ${kind === 'group' ? 'enrollment-group' : 'enrollment'} ${exists ? 'update' : 'create'} ${quoted(idOf(body))}`,
    ...attestationOptions(body),
    ...sharedOptions(body, { geoLatency: 'geo-latency', edge: (on) => (on ? '--edge-enabled' : undefined) }),
  ])
}

/** A value that begins with a hyphen would be read as the next option. */
const option = (name: string, value: string | undefined) =>
  value ? `--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}` : undefined

function attestationOptions({ attestation: { symmetricKey, tpm, x509 } }: EnrollmentView) {
  const slots = x509?.signingCertificates ?? x509?.clientCertificates
  return [
    option('ca-name', x509?.caReferences?.primary),
    option('secondary-ca-name', x509?.caReferences?.secondary),
    option('certificate-path', slots?.primary && 'primary.cert.pem'),
    option('secondary-certificate-path', slots?.secondary && 'secondary.cert.pem'),
    option('primary-key', symmetricKey?.primaryKey),
    option('secondary-key', symmetricKey?.secondaryKey),
    option('endorsement-key', tpm?.endorsementKey),
  ]
}

const reprovisionWords = {
  migrate: 'reprovisionandmigratedata',
  reset: 'reprovisionandresetdata',
  never: 'never',
  unset: undefined,
} as const

interface Dialect {
  readonly geoLatency: string
  readonly edge: (on: boolean) => string | undefined
}

function sharedOptions(body: EnrollmentView, dialect: Dialect) {
  const { allocationPolicy, iotHubs = [], initialTwin, customAllocationDefinition: custom } = body
  const individual = 'registrationId' in body ? body : undefined
  const policy = allocationPolicy === 'geoLatency' ? dialect.geoLatency : allocationPolicy
  return [
    option('device-id', individual?.deviceId),
    option('device-information', json(individual?.optionalDeviceInformation)),
    option('provisioning-status', body.provisioningStatus),
    option('reprovision-policy', reprovisionWords[reprovisionOf(body)]),
    option('allocation-policy', policy),
    iotHubs.length > 0 ? `--iot-hubs ${iotHubs.map(quoted).join(' ')}` : undefined,
    option('webhook-url', custom?.webhookUrl),
    option('api-version', custom?.apiVersion),
    body.capabilities && dialect.edge(body.capabilities.iotEdge),
    option('initial-twin-tags', json(initialTwin?.tags)),
    option('initial-twin-properties', json(initialTwin?.properties?.desired)),
  ]
}

const json = (value: object | undefined) => value && JSON.stringify(value)

function curl({ kind, body, exists, origin }: Request): string {
  const place = kind === 'group' ? 'enrollmentGroups' : 'enrollments'
  const address = `${origin}/${place}/${encodeURIComponent(idOf(body))}?api-version=2021-10-01`
  return commandLine([
    `curl --cacert "$SSL_CERT_FILE" -X PUT ${quoted(address)}`,
    '-H "Authorization: Bearer $(landfall token --role data-owner)"',
    "-H 'Content-Type: application/json'",
    exists ? "-H 'If-Match: *'" : undefined,
    `--data ${quoted(JSON.stringify(body, undefined, 2))}`,
  ])
}

function nodeClient({ kind, body, exists }: Request): string {
  const enrollment = exists ? { ...body, etag: '*' } : body
  return [
    "import { ProvisioningServiceClient } from 'landfall-client'",
    '',
    'const client = ProvisioningServiceClient.fromConnectionString(',
    "  process.env.IOT_PROVISIONING_SERVICE_CONNECTION_STRING ?? '',",
    ')',
    `await client.${kind === 'group' ? 'enrollmentGroups' : 'individualEnrollments'}.createOrUpdate(`,
    `${JSON.stringify(enrollment, undefined, 2).replace(/^/gm, '  ')},`,
    ')',
  ].join('\n')
}
