/** What the two kinds of enrollment share on the command line: options, how they are read, how an enrollment is shown. */
import { type Command, Option } from 'commander'
import { type Attestation, attestation, type Enrollment } from 'landfall-client'
import { readCertificateText } from './cert-files.ts'
import type { CommonOptions } from './command.ts'
import { UsageError } from './exit.ts'
import type { Cell } from './output.ts'

/** In the long names of `az iot dps enrollment` (contract/management 9). */
export interface EnrollmentOptions extends CommonOptions {
  readonly certificatePath?: string
  readonly secondaryCertificatePath?: string
  readonly caName?: string
  readonly secondaryCaName?: string
  readonly primaryKey?: string
  readonly secondaryKey?: string
  readonly allocationPolicy?: string
  readonly iotHubs?: readonly string[]
  readonly reprovisionPolicy?: string
  readonly provisioningStatus?: 'enabled' | 'disabled'
  readonly initialTwinTags?: string
  readonly initialTwinProperties?: string
  readonly edgeEnabled?: boolean
  readonly webhookUrl?: string
  readonly apiVersion?: string
}

const reprovisionPolicies = {
  reprovisionandmigratedata: { updateHubAssignment: true, migrateDeviceData: true },
  reprovisionandresetdata: { updateHubAssignment: true, migrateDeviceData: false },
  never: { updateHubAssignment: false, migrateDeviceData: false },
} as const

const allocationPolicies = {
  hashed: 'hashed',
  'geo-latency': 'geoLatency',
  static: 'static',
  custom: 'custom',
} as const

export function withEnrollmentOptions(command: Command): Command {
  return command
    .option('--certificate-path <file>', 'primary certificate')
    .option('--secondary-certificate-path <file>', 'secondary certificate')
    .option('--ca-name <name>', 'an uploaded CA certificate, by name')
    .option('--secondary-ca-name <name>', 'another one')
    .option('--primary-key <base64>', 'primary symmetric key (default: made by the service)')
    .option('--secondary-key <base64>', 'secondary symmetric key')
    .addOption(
      new Option('--allocation-policy <policy>', 'how the hub is chosen').choices(Object.keys(allocationPolicies)),
    )
    .option('--iot-hubs <host...>', 'linked hubs to choose from (default: all)')
    .addOption(
      new Option('--reprovision-policy <policy>', 'when a device registers again').choices(
        Object.keys(reprovisionPolicies),
      ),
    )
    .addOption(
      new Option('--provisioning-status <status>', 'whether devices are let in').choices(['enabled', 'disabled']),
    )
    .option('--initial-twin-tags <json>', 'tags of the twin of a new device')
    .option('--initial-twin-properties <json>', 'desired properties of the twin of a new device')
    .option('--edge-enabled', 'devices are IoT Edge devices')
    .option('--webhook-url <url>', 'custom allocation asks here')
    .option('--api-version <version>', 'and speaks this version')
}

/** The members that were asked for, and no others: an update leaves the rest as it is. */
export function readEnrollment(options: EnrollmentOptions): Omit<Enrollment, 'attestation'> {
  const members: { -readonly [Member in keyof Enrollment]?: Enrollment[Member] } = {
    provisioningStatus: options.provisioningStatus,
    allocationPolicy: pick(allocationPolicies, options.allocationPolicy),
    iotHubs: options.iotHubs?.flatMap((host) => host.split(/[\s,]+/).filter(Boolean)),
    reprovisionPolicy: pick(reprovisionPolicies, options.reprovisionPolicy),
    capabilities: options.edgeEnabled === undefined ? undefined : { iotEdge: options.edgeEnabled },
    initialTwin: readTwin(options),
    customAllocationDefinition: readWebhook(options),
  }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

const pick = <Choices extends object>(
  choices: Choices,
  name: string | undefined,
): Choices[keyof Choices] | undefined => (name === undefined ? undefined : choices[name as keyof Choices])

function readTwin({ initialTwinTags, initialTwinProperties }: EnrollmentOptions): Enrollment['initialTwin'] {
  if (initialTwinTags === undefined && initialTwinProperties === undefined) return
  return {
    ...(initialTwinTags === undefined ? {} : { tags: readObject('--initial-twin-tags', initialTwinTags) }),
    ...(initialTwinProperties === undefined
      ? {}
      : { properties: { desired: readObject('--initial-twin-properties', initialTwinProperties) } }),
  }
}

function readWebhook({ webhookUrl, apiVersion }: EnrollmentOptions): Enrollment['customAllocationDefinition'] {
  if (webhookUrl === undefined) return
  return { webhookUrl, apiVersion: apiVersion ?? '2021-10-01' }
}

export function readObject(option: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // said below
  }
  throw new UsageError(`${option} is no JSON object; write for instance '{"site":"plant-7"}'.`)
}

/** Undefined: nothing about attestation was asked for. `certificates`: how certificates of this kind are enrolled. */
export function readAttestation(
  options: EnrollmentOptions,
  certificates: (primary: string, secondary?: string) => Attestation,
): Attestation | undefined {
  const { certificatePath, secondaryCertificatePath, caName, secondaryCaName, primaryKey, secondaryKey } = options
  const kinds = [certificatePath, caName, primaryKey ?? secondaryKey].filter((kind) => kind !== undefined)
  if (kinds.length > 1) throw new UsageError('Give one of --certificate-path, --ca-name and --primary-key.')
  if (certificatePath !== undefined)
    return certificates(
      readCertificateText(certificatePath),
      secondaryCertificatePath === undefined ? undefined : readCertificateText(secondaryCertificatePath),
    )
  if (caName !== undefined) return attestation.caReference(caName, secondaryCaName)
  return kinds.length === 0 ? undefined : attestation.symmetricKey(primaryKey, secondaryKey)
}

export const enrollmentHeaders = ['Attestation', 'Status', 'Allocation', 'Updated'] as const

export const enrollmentCells = (enrollment: Enrollment): readonly Cell[] => [
  attestationOf(enrollment.attestation),
  enrollment.provisioningStatus,
  enrollment.allocationPolicy ?? 'as the service',
  enrollment.lastUpdatedDateTimeUtc,
]

/** The kind and, for X.509, whose certificate it is. */
function attestationOf({ type, x509 }: Attestation): string {
  const info = (x509?.signingCertificates ?? x509?.clientCertificates)?.primary?.info
  const subject = info?.subjectName ?? x509?.caReferences?.primary
  return subject === undefined ? type : `${type} ${subject}`
}
