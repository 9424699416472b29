/** `landfall audit`: who changed what, and how it was before and after. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { auditKinds } from '../audit/entry.ts'
import { type AuditView, changeStory } from './audit-story.ts'
import { type CommonOptions, single } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, say } from './output.ts'
import { timeOf } from './since.ts'

interface AuditOptions extends CommonOptions {
  readonly since?: string
  readonly until?: string
  readonly actor?: string
  readonly kind?: string
  readonly id?: string
  readonly limit: string
  readonly follow?: boolean
}

export function auditCommand(): Command {
  return single('audit', 'Shows who changed what, newest first, with what it was before and after.', [
    'audit',
    'audit --since 2h --actor provisioningserviceowner',
    'audit --kind group --id plant-7 --limit 5 --json',
    'audit --since 2030-01-01T00:00:00Z --until 2030-01-02T00:00:00Z',
    'audit --follow',
  ])
    .option('--since <time>', 'only from then on: 30m, 2h or 7d ago, or an ISO 8601 time')
    .option('--until <time>', 'only up to then')
    .option('--actor <name>', 'only what this policy, token or person did')
    .addOption(new Option('--kind <kind>', 'only things of this kind').choices(auditKinds))
    .option('--id <id>', 'only the thing of this id or name')
    .option('--limit <count>', 'how many at most', '20')
    .option('--follow', 'oldest first, and go on with what is changed from now on')
    .action((options: AuditOptions) => (options.follow ? follow(options) : show(options)))
}

async function show(options: AuditOptions): Promise<void> {
  const entries = await read(options, countOf(options))
  answer(options.json, entries, () => entries.map(changeStory).join('\n\n') || 'Nothing that fits was changed.')
}

const followEveryMs = 1000

async function follow(options: AuditOptions): Promise<never> {
  if (options.until !== undefined) throw new UsageError('Give either --follow or --until.')
  let fresh = (await read(options, countOf(options))).toReversed()
  for (let last = 0; ; fresh = await readBeyond(last, options)) {
    for (const entry of fresh) say(options.json ? JSON.stringify(entry) : `${changeStory(entry)}\n`)
    last = fresh.at(-1)?.number ?? last
    await sleep(followEveryMs)
  }
}

/** Oldest first. */
async function readBeyond(last: number, options: AuditOptions): Promise<AuditView[]> {
  for (let count = largestPage; ; count *= 2) {
    const found = await read(options, count)
    const fresh = found.filter(({ number }) => number > last)
    if (fresh.length < found.length || found.length < count) return fresh.toReversed()
  }
}

interface Page {
  readonly items: readonly AuditView[]
  readonly next?: number
}

/** As many as the service gives at once. */
const largestPage = 100

async function read(options: AuditOptions, count: number): Promise<readonly AuditView[]> {
  const client = connect(options)
  const found: AuditView[] = []
  let after: number | undefined
  do {
    const asked = queryOf(options, Math.min(largestPage, count - found.length), after)
    const { body } = await client.request<Page>({ method: 'GET', path: `/landfall/audit?${asked}` })
    found.push(...body.items)
    after = body.next
  } while (after !== undefined && found.length < count)
  return found
}

function queryOf(options: AuditOptions, limit: number, after: number | undefined): URLSearchParams {
  const { actor, kind, id } = options
  const since = timeOf('--since', options.since)
  const until = timeOf('--until', options.until)
  const asked = Object.entries({ limit, after, actor, kind, id, since, until })
  return new URLSearchParams(asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])))
}

function countOf({ limit }: AuditOptions): number {
  if (/^[1-9]\d{0,6}$/.test(limit)) return Number(limit)
  throw new UsageError(`--limit: "${limit}" is no number from 1 to 9999999.`)
}
