/** `landfall enrollment-group`: enrollments for many devices. */
import type { Command } from 'commander'
import { attestation, type EnrollmentGroup } from 'landfall-client'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import {
  type EnrollmentOptions,
  enrollmentCells,
  enrollmentHeaders,
  readAttestation,
  readEnrollment,
  withEnrollmentOptions,
} from './enrollment-options.ts'
import { answer, facts, listing } from './output.ts'

export function enrollmentGroupCommand(): Command {
  const command = family(
    'enrollment-group',
    'Enrollments for many devices: all whose certificate or key has one origin.',
    ['enrollment-group create plant-7 --certificate-path plant-7.cert.pem', 'enrollment-group list'],
  )
  createVerb(command)
  showVerb(command)
  listVerb(command)
  updateVerb(command)
  deleteVerb(command)
  return command
}

function createVerb(command: Command): void {
  const create = verb(
    command,
    'create <id>',
    'Creates a group on a CA certificate, or on symmetric keys without one.',
    [
      'enrollment-group create plant-7 --certificate-path plant-7.cert.pem',
      'enrollment-group create plant-7 --ca-name root --allocation-policy static --iot-hubs hub.example',
      'enrollment-group create meters',
    ],
  )
  withEnrollmentOptions(create).action(async (id: string, options: EnrollmentOptions) => {
    const made = await connect(options).enrollmentGroups.createOrUpdate({
      enrollmentGroupId: id,
      attestation: readAttestation(options, attestation.signingCertificate) ?? attestation.symmetricKey(),
      ...readEnrollment(options),
    })
    answer(options.json, made, () => `Created the enrollment group "${id}".`)
  })
}

function showVerb(command: Command): void {
  verb(command, 'show <id>', 'Shows one group.', [
    'enrollment-group show plant-7',
    'enrollment-group show meters --keys',
  ])
    .option('--keys', 'with its symmetric keys')
    .action(async (id: string, options: CommonOptions & { keys?: boolean }) => {
      const { enrollmentGroups } = connect(options)
      const group = await enrollmentGroups.get(id)
      const shown = options.keys ? { ...group, attestation: await enrollmentGroups.attestationMechanism(id) } : group
      answer(options.json, shown, facts)
    })
}

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the groups.', [
    'enrollment-group list',
    `enrollment-group list --where "provisioningStatus = 'disabled'"`,
  ])
    .option('--where <condition>', 'only those that fit')
    .action(async ({ where, ...options }: CommonOptions & { where?: string }) => {
      const groups = await connect(options).enrollmentGroups.query({ where }).toArray()
      answer(options.json, groups, () =>
        listing(
          ['Group', ...enrollmentHeaders],
          groups.map((group) => [group.enrollmentGroupId, ...enrollmentCells(group)]),
          where === undefined
            ? 'No enrollment groups. "landfall enrollment-group create ID --certificate-path FILE" makes one.'
            : `No enrollment group fits: ${where}`,
        ),
      )
    })
}

function updateVerb(command: Command): void {
  const update = verb(command, 'update <id>', 'Changes what is given and leaves the rest.', [
    'enrollment-group update plant-7 --provisioning-status disabled',
    'enrollment-group update plant-7 --certificate-path new.cert.pem --secondary-certificate-path old.cert.pem',
  ])
  withEnrollmentOptions(update).action(async (id: string, options: EnrollmentOptions) => {
    const { enrollmentGroups } = connect(options)
    const before = await enrollmentGroups.get(id)
    const after: EnrollmentGroup = {
      ...before,
      ...readEnrollment(options),
      attestation: readAttestation(options, attestation.signingCertificate) ?? before.attestation,
    }
    answer(options.json, await enrollmentGroups.createOrUpdate(after), () => `Updated the enrollment group "${id}".`)
  })
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <id>', 'Deletes a group; registration records of its devices stay.', [
    'enrollment-group delete plant-7',
  ]).action(async (id: string, options: CommonOptions) => {
    await connect(options).enrollmentGroups.delete(id)
    answer(options.json, { deleted: id }, () => `Deleted the enrollment group "${id}".`)
  })
}
