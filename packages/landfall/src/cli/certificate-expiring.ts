/** `landfall certificate expiring`: whatever has expired or soon will, for people and for a monitor. */
import type { Command } from 'commander'
import type { ProvisioningServiceClient } from 'landfall-client'
import type { Expiring } from '../instance/expiring.ts'
import { type CommonOptions, verb } from './command.ts'
import { connect } from './connection.ts'
import { exitCodes, UsageError } from './exit.ts'
import { answer, listing } from './output.ts'

interface ExpiringOptions extends CommonOptions {
  readonly days: string
}

const kinds = { server: 'server', caCertificate: 'CA certificate', group: 'group', individual: 'individual' } as const

export function expiringVerb(command: Command): void {
  verb(
    command,
    'expiring',
    'Lists what has expired or soon will: CA certificates, those of enrollments, the server’s own.',
    ['certificate expiring', 'certificate expiring --days 90 --json'],
  )
    .option('--days <number>', 'within this many days', '30')
    .addHelpText('after', '\nExit codes: 0 nothing has expired yet, 1 something has, others as for every command.')
    .action(async ({ days, ...options }: ExpiringOptions) => {
      const found = await expiringWithin(daysOf(days), connect(options))
      answer(options.json, found, () =>
        listing(
          ['Kind', 'Name', 'Slot', 'Subject', 'Expires', 'Days left'],
          found.map(({ kind, name, slot, subject, notAfterUtc, daysLeft, expired }) => [
            kinds[kind],
            name,
            slot,
            subject,
            notAfterUtc,
            expired ? 'expired' : daysLeft,
          ]),
          `Nothing expires within ${days} days.`,
        ),
      )
      if (found.some(({ expired }) => expired)) process.exitCode = exitCodes.failed
    })
}

function daysOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 36_500) return Number(text)
  throw new UsageError('--days is a whole number, from 0 to 36500.')
}

async function expiringWithin(days: number, client: ProvisioningServiceClient): Promise<readonly Expiring[]> {
  const found: Expiring[] = []
  let after = ''
  do {
    const path = `/landfall/certificates/expiring?days=${days}${after && `&after=${encodeURIComponent(after)}`}`
    const { body, headers } = await client.request<readonly Expiring[]>({ method: 'GET', path })
    found.push(...body)
    after = headers.get('x-landfall-next') ?? ''
  } while (after)
  return found
}
