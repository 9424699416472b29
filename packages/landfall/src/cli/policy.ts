/** `landfall policy`: shared access policies of the service and their keys. */
import { type Command, Option } from 'commander'
import { serviceRights } from '../sas/policy.ts'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { answer, facts, listing } from './output.ts'

interface PolicyView {
  readonly name: string
  readonly rights: readonly string[]
  readonly primaryKey?: string
  readonly secondaryKey?: string
  readonly connectionString?: string
}

interface RightsOptions extends CommonOptions {
  readonly rights: readonly string[]
}

export function policyCommand(): Command {
  const command = family('policy', 'Shared access policies of the service and their keys.', [
    'policy list',
    'policy create enroller --rights EnrollmentWrite',
  ])
  listVerb(command)
  showVerb(command)
  createVerb(command)
  updateVerb(command)
  rotateVerb(command)
  deleteVerb(command)
  return command
}

const rightsOption = () =>
  new Option('--rights <right...>', 'what its bearers may do').choices(serviceRights).makeOptionMandatory()

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the policies, without keys.', ['policy list']).action(async (options: CommonOptions) => {
    const { body } = await connect(options).request<readonly PolicyView[]>({
      method: 'GET',
      path: '/landfall/policies',
    })
    answer(options.json, body, () =>
      listing(
        ['Policy', 'Rights'],
        body.map(({ name, rights }) => [name, rights.join(', ')]),
        'No policies.',
      ),
    )
  })
}

function showVerb(command: Command): void {
  verb(command, 'show <name>', 'Shows one policy.', [
    'policy show provisioningserviceowner',
    'policy show provisioningserviceowner --keys',
  ])
    .option('--keys', 'with its keys and its connection string')
    .action(async (name: string, options: CommonOptions & { keys?: boolean }) => {
      const path = `${pathOf(name)}${options.keys ? '?keys=true' : ''}`
      const { body } = await connect(options).request<PolicyView>({ method: 'GET', path })
      answer(options.json, body, policyFacts)
    })
}

interface CreateOptions extends RightsOptions {
  readonly primaryKey?: string
  readonly secondaryKey?: string
}

function createVerb(command: Command): void {
  verb(command, 'create <name>', 'Makes a policy and prints its connection string.', [
    'policy create enroller --rights EnrollmentWrite',
    'policy create reader --rights EnrollmentRead RegistrationStatusRead',
  ])
    .addOption(rightsOption())
    .option('--primary-key <base64>', '16 to 64 bytes (default: made by the service)')
    .option('--secondary-key <base64>', '16 to 64 bytes (default: made by the service)')
    .action(async (name: string, { rights, primaryKey, secondaryKey, ...options }: CreateOptions) => {
      const body = { rights, primaryKey, secondaryKey }
      const made = await connect(options).request<PolicyView>({ method: 'PUT', path: pathOf(name), body })
      answer(options.json, made.body, policyFacts)
    })
}

function updateVerb(command: Command): void {
  verb(command, 'update <name>', 'Gives a policy other rights.', ['policy update enroller --rights EnrollmentRead'])
    .addOption(rightsOption())
    .action(async (name: string, { rights, ...options }: RightsOptions) => {
      const { body } = await connect(options).request<PolicyView>({
        method: 'PATCH',
        path: pathOf(name),
        body: { rights },
      })
      answer(options.json, body, policyFacts)
    })
}

interface RotateOptions extends CommonOptions {
  readonly key: string
}

function rotateVerb(command: Command): void {
  verb(command, 'rotate <name>', 'Makes one key of a policy anew, or swaps the two; the other goes on working.', [
    'policy rotate enroller --key secondary',
    'policy rotate enroller --key swap',
  ])
    .addOption(new Option('--key <which>', 'which key').choices(['primary', 'secondary', 'swap']).makeOptionMandatory())
    .action(async (name: string, { key, ...options }: RotateOptions) => {
      const path = `${pathOf(name)}/rotate`
      const { body } = await connect(options).request<PolicyView>({ method: 'POST', path, body: { key } })
      answer(options.json, body, policyFacts)
    })
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <name>', 'Deletes a policy; its tokens are refused from then on.', [
    'policy delete enroller',
  ]).action(async (name: string, options: CommonOptions) => {
    await connect(options).request({ method: 'DELETE', path: pathOf(name) })
    answer(options.json, { deleted: name }, () => `Deleted the policy "${name}".`)
  })
}

const policyFacts = (policy: PolicyView) => facts({ ...policy, rights: policy.rights.join(', ') })
const pathOf = (name: string) => `/landfall/policies/${encodeURIComponent(name)}`
