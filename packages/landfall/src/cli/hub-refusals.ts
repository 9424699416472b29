/** `landfall hub refusals`: which devices a hub does not let in or cuts off, and why. */
import type { Command } from 'commander'
import { type CommonOptions, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import type { AttemptView } from './explain.ts'
import { answer, listing } from './output.ts'

interface RefusalsOptions extends CommonOptions {
  readonly hub?: string
  readonly limit: string
}

type RefusalView = AttemptView & { readonly times: number }

export function refusalsVerb(command: Command): void {
  verb(
    command,
    'refusals',
    'Lists devices that were not let in or were cut off since the start of the service, and why.',
    ['hub refusals', 'hub refusals --hub hub-b.example --limit 200'],
  )
    .option('--hub <name>', 'of one hub; a name that is no hub here is one too')
    .option('--limit <count>', 'how many at most', '50')
    .action(async ({ hub, limit, ...options }: RefusalsOptions) => {
      if (!/^\d{1,4}$/.test(limit)) throw new UsageError(`--limit: "${limit}" is no number up to 1000.`)
      const asked = new URLSearchParams({ ...(hub !== undefined && { hub }), limit })
      const path = `/landfall/hub-refusals?${asked}`
      const { body } = await connect(options).request<readonly RefusalView[]>({ method: 'GET', path })
      answer(options.json, body, table)
    })
}

const table = (refusals: readonly RefusalView[]): string =>
  listing(
    ['Last', 'Device', 'Times', 'Tracking id', 'Why'],
    refusals.map(({ at, deviceId, times, trackingId, message }) => [at, deviceId, times, trackingId, message]),
    'No device was refused since the service began.',
  )
