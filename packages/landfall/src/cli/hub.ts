/** `landfall hub`: the hubs that devices are assigned to. */
import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { messageVerb, methodVerb, twinVerb } from './hub-devices.ts'
import { monitorVerb } from './hub-monitor.ts'
import { policiesVerb, rotateVerb } from './hub-policies.ts'
import { refusalsVerb } from './hub-refusals.ts'
import { answer, facts, listing, tell } from './output.ts'

interface HubView {
  readonly name: string
  readonly kind: string
  readonly linked: boolean
  readonly allocationWeight: number
  readonly applyAllocationPolicy: boolean
  readonly location?: string
  readonly devices?: number
  readonly connectionStrings?: Readonly<Record<string, string>>
}

interface HubOptions extends CommonOptions {
  readonly weight?: string
  readonly location?: string
  readonly applyAllocationPolicy?: string
}

export function hubCommand(): Command {
  const command = family('hub', 'The hubs that devices are assigned to.', [
    'hub list',
    'hub create hub-b.example',
    'hub monitor',
  ])
  listVerb(command)
  showVerb(command)
  createVerb(command)
  updateVerb(command)
  linkVerb(command)
  unlinkVerb(command)
  deleteVerb(command)
  monitorVerb(command)
  twinVerb(command)
  methodVerb(command)
  messageVerb(command)
  refusalsVerb(command)
  policiesVerb(command)
  rotateVerb(command)
  return command
}

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the hubs.', ['hub list']).action(async (options: CommonOptions) => {
    const { body } = await connect(options).request<readonly HubView[]>({ method: 'GET', path: '/landfall/hubs' })
    answer(options.json, body, () =>
      listing(
        ['Hub', 'Kind', 'Linked', 'Weight', 'Allocated to', 'Devices'],
        body.map((hub) => [
          hub.name,
          hub.kind,
          hub.linked,
          hub.allocationWeight,
          hub.applyAllocationPolicy,
          hub.devices,
        ]),
        'No hubs. "landfall hub create NAME" makes one.',
      ),
    )
  })
}

function showVerb(command: Command): void {
  verb(command, 'show <name>', 'Shows one hub.', ['hub show localhost', 'hub show localhost --keys'])
    .option('--keys', 'with its connection strings')
    .action(async (name: string, options: CommonOptions & { keys?: boolean }) => {
      const path = `${pathOf(name)}${options.keys ? '?keys=true' : ''}`
      answer(options.json, (await connect(options).request<HubView>({ method: 'GET', path })).body, facts)
    })
}

const withFacts = (command: Command) =>
  command
    .option('--weight <number>', '1 to 1000; how many of the devices come here under the hashed policy')
    .option('--location <text>', 'where it is')
    .option('--apply-allocation-policy <true|false>', 'false: only for enrollments that name it')

function createVerb(command: Command): void {
  const create = verb(command, 'create <name>', 'Makes an embedded hub; devices dial its name, so let it resolve.', [
    'hub create hub-b.example',
    'hub create hub-b.example --weight 3',
  ])
  withFacts(create).action(async (name: string, options: HubOptions) => {
    answer(options.json, await put(name, options, readFacts(options)), () => `Created the hub "${name}".`)
    await warnUnresolved(name)
  })
}

/** A device is told the name of its hub and dials it; a name server that is slow is not worth waiting for. */
async function warnUnresolved(name: string): Promise<void> {
  const found = await Promise.race([
    lookup(name)
      .then(() => true)
      .catch(() => false),
    sleep(2000, true, { ref: false }),
  ])
  if (!found)
    tell(`warning: "${name}" does not resolve on this machine. Devices dial it: put it into DNS or their hosts file.`)
}

function updateVerb(command: Command): void {
  const update = verb(command, 'update <name>', 'Changes what is given and leaves the rest.', [
    'hub update hub-b.example --weight 5',
  ])
  withFacts(update).action(async (name: string, options: HubOptions) => {
    answer(options.json, await patch(name, options, readFacts(options)), () => `Updated the hub "${name}".`)
  })
}

interface LinkOptions extends HubOptions {
  readonly connectionString?: string
}

function linkVerb(command: Command): void {
  const link = verb(
    command,
    'link <name>',
    'Lets devices be assigned to a hub: one of this service, or a real IoT Hub.',
    [
      'hub link hub-b.example',
      "hub link my-hub.azure-devices.net --connection-string 'HostName=my-hub.azure-devices.net;SharedAccessKeyName=…;SharedAccessKey=…'",
    ],
  )
  withFacts(link)
    .option('--connection-string <text>', 'of a real IoT Hub; its policy must be able to read and write the registry')
    .action(async (name: string, { connectionString, ...options }: LinkOptions) => {
      const facts = readFacts(options)
      const hub =
        connectionString === undefined
          ? await patch(name, options, { ...facts, linked: true })
          : await put(name, options, { ...facts, connectionString })
      answer(options.json, hub, () => `The hub "${name}" is linked.`)
    })
}

function unlinkVerb(command: Command): void {
  verb(command, 'unlink <name>', 'Assigns no more devices to a hub of this service; those there stay.', [
    'hub unlink hub-b.example',
  ]).action(async (name: string, options: CommonOptions) => {
    answer(options.json, await patch(name, options, { linked: false }), () => `The hub "${name}" is unlinked.`)
  })
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <name>', 'Deletes a hub of this service, or the link to a real one.', [
    'hub delete hub-b.example',
    'hub delete hub-b.example --force',
  ])
    .option('--force', 'with the devices on it')
    .action(async (name: string, options: CommonOptions & { force?: boolean }) => {
      await connect(options).request({ method: 'DELETE', path: `${pathOf(name)}${options.force ? '?force=true' : ''}` })
      answer(options.json, { deleted: name }, () => `Deleted the hub "${name}".`)
    })
}

async function put(name: string, options: CommonOptions, body: object): Promise<HubView> {
  return (await connect(options).request<HubView>({ method: 'PUT', path: pathOf(name), body })).body
}

async function patch(name: string, options: CommonOptions, body: object): Promise<HubView> {
  return (await connect(options).request<HubView>({ method: 'PATCH', path: pathOf(name), body })).body
}

function readFacts({ weight, location, applyAllocationPolicy }: HubOptions): object {
  if (weight !== undefined && !/^\d{1,4}$/.test(weight)) throw new UsageError('--weight is a number from 1 to 1000.')
  if (applyAllocationPolicy !== undefined && !['true', 'false'].includes(applyAllocationPolicy))
    throw new UsageError('--apply-allocation-policy is true or false.')
  return {
    allocationWeight: weight === undefined ? undefined : Number(weight),
    location,
    applyAllocationPolicy: applyAllocationPolicy === undefined ? undefined : applyAllocationPolicy === 'true',
  }
}

const pathOf = (name: string) => `/landfall/hubs/${encodeURIComponent(name)}`
