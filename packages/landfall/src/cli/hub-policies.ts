/** `landfall hub policies | rotate`: shared access policies of a hub of this service, and their keys. */
import { type Command, Option } from 'commander'
import { chooseHub } from './choose-hub.ts'
import { type CommonOptions, verb } from './command.ts'
import { connect } from './connection.ts'
import { answer, facts, listing } from './output.ts'

interface HubPolicyView {
  readonly name: string
  readonly rights: readonly string[]
  readonly connectionString?: string
}

interface HubPolicyOptions extends CommonOptions {
  readonly hub?: string
}

const ofHub = (command: Command): Command => command.option('--hub <name>', 'which hub, where there are several')

export function policiesVerb(command: Command): void {
  ofHub(
    verb(command, 'policies', 'Lists the shared access policies of a hub of this service.', [
      'hub policies',
      'hub policies --keys',
    ]),
  )
    .option('--keys', 'with their keys and connection strings')
    .action(async (options: HubPolicyOptions & { keys?: boolean }) => {
      const client = connect(options)
      const path = `${pathOf(await chooseHub(client, options.hub))}${options.keys ? '?keys=true' : ''}`
      const { body } = await client.request<readonly HubPolicyView[]>({ method: 'GET', path })
      answer(options.json, body, () => table(body, options.keys ?? false))
    })
}

function table(policies: readonly HubPolicyView[], hasKeys: boolean): string {
  const cells = policies.map(({ name, rights, connectionString }) =>
    hasKeys ? [name, rights.join(', '), connectionString] : [name, rights.join(', ')],
  )
  return listing(['Policy', 'Rights', ...(hasKeys ? ['Connection string'] : [])], cells, 'No policies.')
}

export function rotateVerb(command: Command): void {
  ofHub(
    verb(
      command,
      'rotate <policy>',
      'Makes one key of a hub policy anew, or swaps the two; the other goes on working.',
      ['hub rotate iothubowner --key primary', 'hub rotate service --key swap --hub hub-b.example'],
    ),
  )
    .addOption(new Option('--key <which>', 'which key').choices(['primary', 'secondary', 'swap']).makeOptionMandatory())
    .action(async (policy: string, { key, ...options }: HubPolicyOptions & { key: string }) => {
      const client = connect(options)
      const path = `${pathOf(await chooseHub(client, options.hub))}/${encodeURIComponent(policy)}/rotate`
      const { body } = await client.request<HubPolicyView>({ method: 'POST', path, body: { key } })
      answer(options.json, body, (rotated) => facts({ ...rotated, rights: rotated.rights.join(', ') }))
    })
}

const pathOf = (hub: string) => `/landfall/hubs/${encodeURIComponent(hub)}/policies`
