/** `landfall enrollment`: enrollments for one device each. */
import type { Command } from 'commander'
import { attestation, type Enrollment, type IndividualEnrollment } from 'landfall-client'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import {
  type EnrollmentOptions,
  enrollmentCells,
  enrollmentHeaders,
  readAttestation,
  readEnrollment,
  readObject,
  withEnrollmentOptions,
} from './enrollment-options.ts'
import { answer, facts, listing } from './output.ts'

export function enrollmentCommand(): Command {
  const command = family('enrollment', 'Enrollments for one device each.', [
    'enrollment create pump-12 --certificate-path pump-12.cert.pem',
    'enrollment list',
  ])
  createVerb(command)
  showVerb(command)
  listVerb(command)
  updateVerb(command)
  deleteVerb(command)
  return command
}

interface IndividualOptions extends EnrollmentOptions {
  readonly deviceId?: string
  readonly endorsementKey?: string
  readonly deviceInformation?: string
}

function withIndividualOptions(command: Command): Command {
  return withEnrollmentOptions(command)
    .option('--device-id <id>', 'device id on the hub (default: the registration id)')
    .option('--endorsement-key <base64>', 'endorsement key of a TPM')
    .option('--device-information <json>', 'anything worth keeping about the device')
}

function readIndividual(options: IndividualOptions): Partial<IndividualEnrollment> {
  const { deviceId, deviceInformation } = options
  return {
    ...readEnrollment(options),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(deviceInformation === undefined
      ? {}
      : { optionalDeviceInformation: readObject('--device-information', deviceInformation) }),
  }
}

function readDeviceAttestation(options: IndividualOptions): Enrollment['attestation'] | undefined {
  if (options.endorsementKey !== undefined) return attestation.tpm(options.endorsementKey)
  return readAttestation(options, attestation.clientCertificate)
}

function createVerb(command: Command): void {
  const create = verb(command, 'create <registration-id>', 'Enrolls one device, with symmetric keys unless told.', [
    'enrollment create pump-12',
    'enrollment create pump-12 --certificate-path pump-12.cert.pem --device-id plant7-pump12',
    'enrollment create pump-12 --endorsement-key AToAAQAL…',
  ])
  withIndividualOptions(create).action(async (id: string, options: IndividualOptions) => {
    const made = await connect(options).individualEnrollments.createOrUpdate({
      registrationId: id,
      attestation: readDeviceAttestation(options) ?? attestation.symmetricKey(),
      ...readIndividual(options),
    })
    answer(options.json, made, () => `Created the individual enrollment "${id}".`)
  })
}

function showVerb(command: Command): void {
  verb(command, 'show <registration-id>', 'Shows one enrollment.', [
    'enrollment show pump-12',
    'enrollment show pump-12 --keys',
  ])
    .option('--keys', 'with its symmetric keys')
    .action(async (id: string, options: CommonOptions & { keys?: boolean }) => {
      const { individualEnrollments } = connect(options)
      const enrollment = await individualEnrollments.get(id)
      const shown = options.keys
        ? { ...enrollment, attestation: await individualEnrollments.attestationMechanism(id) }
        : enrollment
      answer(options.json, shown, facts)
    })
}

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the individual enrollments.', [
    'enrollment list',
    `enrollment list --where "registrationId LIKE 'pump-%'"`,
  ])
    .option('--where <condition>', 'only those that fit')
    .action(async ({ where, ...options }: CommonOptions & { where?: string }) => {
      const found = await connect(options).individualEnrollments.query({ where }).toArray()
      answer(options.json, found, () =>
        listing(
          ['Registration id', ...enrollmentHeaders],
          found.map((one) => [one.registrationId, ...enrollmentCells(one)]),
          where === undefined
            ? 'No individual enrollments. "landfall enrollment create ID" makes one.'
            : `No individual enrollment fits: ${where}`,
        ),
      )
    })
}

function updateVerb(command: Command): void {
  const update = verb(command, 'update <registration-id>', 'Changes what is given and leaves the rest.', [
    'enrollment update pump-12 --provisioning-status disabled',
  ])
  withIndividualOptions(update).action(async (id: string, options: IndividualOptions) => {
    const { individualEnrollments } = connect(options)
    const before = await individualEnrollments.get(id)
    const after: IndividualEnrollment = {
      ...before,
      ...readIndividual(options),
      attestation: readDeviceAttestation(options) ?? before.attestation,
    }
    answer(options.json, await individualEnrollments.createOrUpdate(after), () => `Updated the enrollment "${id}".`)
  })
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <registration-id>', 'Deletes an enrollment and its registration record.', [
    'enrollment delete pump-12',
  ]).action(async (id: string, options: CommonOptions) => {
    await connect(options).individualEnrollments.delete(id)
    answer(options.json, { deleted: id }, () => `Deleted the individual enrollment "${id}".`)
  })
}
