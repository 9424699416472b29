/** `/landfall/audit`: every change through any API, newest first. It is read and nothing else. */
import type { FastifyInstance } from 'fastify'
import { type AuditKind, type AuditRecord, auditKinds } from '../audit/entry.ts'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { OperatorParts } from './parts.ts'

/** Entries have up to 64 KiB: an answer stays below 7 MB, and is mostly a hundredth of that. */
const most = 100

interface Query {
  /** The number of the last entry of the page before. */
  readonly after?: number
  readonly limit?: number
  readonly kind?: AuditKind
  readonly id?: string
  readonly actor?: string
  readonly since?: string
  readonly until?: string
}
const querystring = {
  type: 'object',
  properties: {
    after: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    limit: { type: 'integer', minimum: 1, maximum: most },
    kind: { enum: auditKinds },
    id: { type: 'string', maxLength: 300 },
    actor: { type: 'string', maxLength: 300 },
    since: { type: 'string', maxLength: 40 },
    until: { type: 'string', maxLength: 40 },
  },
}

export function auditRoutes(app: FastifyInstance, { store }: OperatorParts): void {
  app.get<{ Querystring: Query }>('/audit', { schema: { querystring } }, async ({ query }) => {
    const { after: before, limit = 20, kind, id, actor } = query
    const [since, until] = [timeOf('since', query.since), timeOf('until', query.until)]
    // one more than asked for tells whether there is a next page
    const found = await store.audit({ before, limit: limit + 1, kind, id, actor, since, until })
    const items = found.slice(0, limit)
    return { items: items.map(auditView), next: found.length > limit ? items.at(-1)?.number : undefined }
  })

  app.route({
    method: ['PUT', 'POST', 'PATCH', 'DELETE'],
    url: '/audit',
    handler: async ({ method }, reply) => {
      reply.header('allow', 'GET')
      throw new ProvisioningError('method_not_allowed', { method, path: '/landfall/audit' })
    },
  })
}

const auditView = ({ number, at, ...entry }: AuditRecord) => ({
  number,
  at: new Date(at).toISOString(),
  ...entry,
})

function timeOf(name: 'since' | 'until', text: string | undefined): Instant | undefined {
  if (text === undefined) return
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new ProvisioningError('invalid', {
      message: `${name} is a time such as 2030-01-01T00:00:00Z, not "${printable(text)}".`,
    })
  return at
}
