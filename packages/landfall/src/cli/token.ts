/** `landfall token`: bearer tokens for the APIs, for a while or for programs of their own. */
import { type Command, Option } from 'commander'
import { roleNames } from '../access/roles.ts'
import { type CommonOptions, family, single, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, facts, listing } from './output.ts'

interface TokenView {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  readonly createdDateTimeUtc: string
  readonly expiresUtc?: string
  readonly secret?: string
  readonly bearer?: string
}

export interface IssuedView {
  readonly token: string
  readonly roles: readonly string[]
  readonly expiresInSeconds: number
  readonly expiresUtc: string
}

export function tokenCommand(): Command {
  const command = family('token', 'Bearer tokens: one for a few hours, or secrets for programs that get their own.', [
    'token',
    'token --role reader --hours 8',
    'token create ci --role contributor --days 90',
  ])
  command.addCommand(printCommand(), { isDefault: true })
  createVerb(command)
  listVerb(command)
  deleteVerb(command)
  revokeVerb(command)
  return command
}

const roleOption = () => new Option('--role <role...>', 'what it lets its bearer do').choices(roleNames)

interface PrintOptions extends CommonOptions {
  readonly role?: readonly string[]
  readonly hours: string
}

function printCommand(): Command {
  const examples = ['token', 'token --role reader --hours 8', 'token print --json']
  return single('print', 'Prints a token that ends by itself (what "landfall token" alone does).', examples)
    .addOption(roleOption())
    .option('--hours <number>', 'how long it is good for, at most 24', '1')
    .action(async ({ role, hours, ...options }: PrintOptions) => {
      const seconds = Math.round(numberOf('--hours', hours, 24) * 3600)
      const issued = await issueToken(options, { roles: role, seconds })
      answer(options.json, issued, ({ token }) => token)
    })
}

interface IssueOrder {
  readonly roles?: readonly string[]
  readonly seconds?: number
  readonly use?: 'sign-in'
}

/** By the service, which gives nobody more than the asker has. */
export async function issueToken(options: CommonOptions, order: IssueOrder): Promise<IssuedView> {
  const path = '/landfall/tokens/issue'
  return (await connect(options).request<IssuedView>({ method: 'POST', path, body: order })).body
}

interface CreateOptions extends CommonOptions {
  readonly role: readonly string[]
  readonly days?: string
}

function createVerb(command: Command): void {
  verb(command, 'create <name>', 'Makes a client id and its secret, as "az login --service-principal" takes them.', [
    'token create ci --role contributor',
    'token create backend --role data-owner --days 365',
  ])
    .addOption(roleOption().makeOptionMandatory())
    .option('--days <number>', 'after which it ends (default: when it is deleted)')
    .action(async (name: string, { role, days: text, ...options }: CreateOptions) => {
      const days = text === undefined ? undefined : Math.ceil(numberOf('--days', text, 3650))
      const body = { name, roles: role, days }
      const made = await connect(options).request<TokenView>({ method: 'POST', path: '/landfall/tokens', body })
      answer(options.json, made.body, createdText)
    })
}

const createdText = ({ id, name, roles, secret, bearer, expiresUtc }: TokenView) =>
  [
    facts({ name, roles: roles.join(', '), clientId: id, secret, bearer, expiresUtc }),
    '',
    'The secret is shown this once. As "Authorization: Bearer lf1.…" it comes in by itself; az exchanges it for tokens.',
  ].join('\n')

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the client ids that were made, without secrets.', ['token list']).action(
    async (options: CommonOptions) => {
      const { body } = await connect(options).request<readonly TokenView[]>({ method: 'GET', path: '/landfall/tokens' })
      answer(options.json, body, () =>
        listing(
          ['Token', 'Client id', 'Roles', 'Created', 'Ends'],
          body.map(({ id, name, roles, createdDateTimeUtc, expiresUtc }) => [
            name,
            id,
            roles.join(', '),
            createdDateTimeUtc,
            expiresUtc,
          ]),
          'No tokens.',
        ),
      )
    },
  )
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <name>', 'Deletes a client id, by it or by its name; what it was given ends at once.', [
    'token delete ci',
  ]).action(async (name: string, options: CommonOptions) => {
    await connect(options).request({ method: 'DELETE', path: `/landfall/tokens/${encodeURIComponent(name)}` })
    answer(options.json, { deleted: name }, () => `Deleted the token "${name}".`)
  })
}

function revokeVerb(command: Command): void {
  verb(command, 'revoke-all', 'Ends every token and link that was issued so far; secrets go on and get new ones.', [
    'token revoke-all',
  ]).action(async (options: CommonOptions) => {
    await connect(options).request({ method: 'POST', path: '/landfall/tokens/revoke-all' })
    answer(options.json, { revoked: 'all' }, () => 'Every token that was issued so far is refused from now on.')
  })
}

function numberOf(option: string, text: string, most: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= most) return value
  throw new UsageError(`${option} is a number up to ${most}.`)
}
