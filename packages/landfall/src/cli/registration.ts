/** `landfall registration`: what became of devices that registered. */
import type { Command } from 'commander'
import type { Registration } from 'landfall-client'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { answer, facts, listing } from './output.ts'

export function registrationCommand(): Command {
  const command = family('registration', 'What became of devices that registered.', [
    'registration show pump-12',
    'registration list --group plant-7',
  ])
  listVerb(command)
  showVerb(command)
  deleteVerb(command)
  return command
}

interface ListOptions extends CommonOptions {
  readonly group: string
  readonly where?: string
}

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the devices that came in by an enrollment group.', [
    'registration list --group plant-7',
    `registration list --group plant-7 --where "status = 'failed'"`,
  ])
    .requiredOption('--group <id>', 'enrollment group')
    .option('--where <condition>', 'only those that fit')
    .action(async ({ group, where, ...options }: ListOptions) => {
      const found = await connect(options).registrations.query(group, { where }).toArray()
      answer(options.json, found, () =>
        listing(
          ['Registration id', 'Status', 'Hub', 'Device id', 'Updated'],
          found.map((one) => [
            one.registrationId,
            statusOf(one),
            one.assignedHub,
            one.deviceId,
            one.lastUpdatedDateTimeUtc,
          ]),
          `No device came in by the group "${group}" yet.`,
        ),
      )
    })
}

const statusOf = ({ status, errorCode }: Registration) =>
  errorCode === undefined ? status : `${status} (${errorCode})`

function showVerb(command: Command): void {
  verb(command, 'show <registration-id>', 'Shows one registration record.', ['registration show pump-12']).action(
    async (id: string, options: CommonOptions) => {
      answer(options.json, await connect(options).registrations.get(id), facts)
    },
  )
}

function deleteVerb(command: Command): void {
  verb(
    command,
    'delete <registration-id>',
    'Deletes a record; the device has to register anew, its hub identity stays.',
    ['registration delete pump-12'],
  ).action(async (id: string, options: CommonOptions) => {
    await connect(options).registrations.delete(id)
    answer(options.json, { deleted: id }, () => `Deleted the registration record of "${id}".`)
  })
}
