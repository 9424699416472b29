/** Before anything is looked at: which api-version is asked for, and may the caller do that (contract/service-api 2, 5, 12.4). */
import type { FastifyRequest } from 'fastify'
import { admitVisitor } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { decodedPath } from '../protocol/decoded-path.ts'
import type { ServiceRight } from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import type { Instant } from '../system.ts'
import type { ServiceApiParts } from './call.ts'

export interface Visit {
  readonly at: Instant
  readonly settings: Settings
}

export async function admit(request: FastifyRequest, right: ServiceRight, parts: ServiceApiParts): Promise<Visit> {
  const version = readApiVersion(request)
  if (!known.has(version) && parts.fidelity === 'cloud')
    throw refusedVersion(`The api-version ${version} is not known.`)
  const at = parts.clock.now()
  const settings = await parts.store.settings()
  await admitVisitor(request, parts.access, right)
  if (!settings) throw new ProvisioningError('internal', {}, { cause: new Error('the instance has no settings') })
  if (!known.has(version)) {
    parts.log.info({ apiVersion: version }, `api-version ${version} is not known; answered as the newest`)
  }
  return { at, settings }
}

/** Sent by clients or published (contract/service-api 2.1, 2.2). All are served alike. */
const known = new Set([
  '2018-04-01',
  '2018-09-01-preview',
  '2018-11-01',
  '2019-03-31',
  '2021-06-01',
  '2021-10-01',
  '2021-11-01-preview',
  '2025-07-01-preview',
  '2026-04-01',
  '2026-07-01-preview',
  '2026-11-01',
  '2026-11-02-preview',
  '2026-11-15-preview',
])

const oldest = '2018-04-01'

function readApiVersion({ query }: FastifyRequest): string {
  const sent: unknown = (query as Record<string, unknown>)['api-version']
  const version = Array.isArray(sent) ? sent[0] : sent
  if (typeof version !== 'string' || version === '') {
    throw refusedVersion('The query parameter api-version is missing. Send for instance ?api-version=2021-10-01.')
  }
  const date = /^(\d{4}-\d{2}-\d{2})(-preview)?$/.exec(version)?.[1]
  if (date === undefined || Number.isNaN(Date.parse(date)) || date < oldest) {
    throw refusedVersion(
      `The api-version "${printable(version, 40)}" is not a date from ${oldest} on, such as 2021-10-01 or 2018-09-01-preview.`,
    )
  }
  return version
}

const refusedVersion = (message: string) => new ProvisioningError('api_version', { message })

/** As a token's resource names it, without a slash at the end. */
export const pathOf = ({ url }: FastifyRequest): string => decodedPath(url.replace(/[?#].*$/s, '').replace(/\/+$/, ''))
