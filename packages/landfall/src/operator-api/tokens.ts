/** `/landfall/tokens`: who comes in by a secret of its own, and bearer tokens for a while (contract/management 6.4). */
import type { FastifyInstance } from 'fastify'
import type { Origin } from '../access/credential.ts'
import { signInAudience } from '../access/jwt.ts'
import { addPrincipal, makePrincipal, principalNamed, removePrincipal } from '../access/principals.ts'
import { requireOwn, roleNames, rolesOf, rolesWithin } from '../access/roles.ts'
import type { IssuedToken } from '../access/tokens.ts'
import type { Visitor } from '../access/visitor.ts'
import { demand, forRequest, visitorOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import type { Principal, Role } from '../store/settings.ts'
import { type Instant, machineNow } from '../system.ts'
import type { OperatorParts } from './parts.ts'

const roles = { type: 'array', items: { enum: roleNames }, minItems: 1 }

interface Order {
  readonly name: string
  readonly roles: readonly Role[]
  /** Either; absent: until it is deleted. */
  readonly days?: number
  readonly expiresUtc?: string
}
const order = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    roles,
    days: { type: 'integer', minimum: 1, maximum: 3650 },
    expiresUtc: { type: 'string', maxLength: 40 },
  },
  required: ['name', 'roles'],
  additionalProperties: false,
}

interface Issue {
  readonly roles?: readonly Role[]
  readonly seconds?: number
  readonly use?: 'api' | 'sign-in'
}
/** A token for longer is a principal, which can be deleted; a link is opened at once. */
const longestSeconds = { api: 24 * 3600, 'sign-in': 120 } as const
const issue = {
  type: 'object',
  properties: {
    roles,
    seconds: { type: 'integer', minimum: 1, maximum: longestSeconds.api },
    use: { enum: Object.keys(longestSeconds) },
  },
  additionalProperties: false,
}

interface Named {
  Params: { name: string }
}

export function tokenRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/tokens', async () => ((await readSettings(parts)).tokens ?? []).map(rendered))

  app.post<{ Body: Order }>('/tokens', { schema: { body: order } }, async (request, reply) => {
    demand(request, 'KeysRead')
    const { name } = request.body
    const asked = rolesOf(request.body.roles)
    requireOwn(asked, visitorOf(request))
    const at = machineNow(parts.clock)
    const expiresAt = endOf(request.body, at)
    const { principal, secret } = makePrincipal({ name, roles: asked, expiresAt }, { at, random: parts.random })
    await changeSettings(forRequest(request, parts), (settings) => addPrincipal(settings, principal))
    reply.status(201).header('cache-control', 'no-store')
    return { ...rendered(principal), secret, bearer: `lf1.${principal.id}.${secret}` }
  })

  app.delete<Named>('/tokens/:name', async (request, reply) => {
    const { name } = request.params
    principalNamed(await readSettings(parts), name)
    await changeSettings(forRequest(request, parts), (settings) => removePrincipal(settings, name))
    return reply.status(204).send()
  })

  // nothing is changed, but what it gives is as good as a key
  app.post<{ Body: Issue | undefined }>(
    '/tokens/issue',
    { schema: { body: issue }, config: { permission: 'KeysRead' }, preValidation: noBodyIsNone },
    async (request, reply) => {
      const visitor = visitorOf(request)
      const { seconds = 3600, use = 'api' } = request.body ?? {}
      const asked = request.body?.roles ? rolesOf(request.body.roles) : rolesWithin((one) => visitor.may(one))
      requireOwn(asked, visitor)
      const issued = await issueTo(visitor, { roles: asked, seconds, use }, parts)
      reply.header('cache-control', 'no-store')
      const expiresUtc = new Date(machineNow(parts.clock) + issued.expiresInSeconds * 1000).toISOString()
      return { token: issued.accessToken, roles: asked, expiresInSeconds: issued.expiresInSeconds, expiresUtc }
    },
  )

  app.post('/tokens/revoke-all', async (request, reply) => {
    demand(request, 'KeysRead')
    await parts.access.tokens.revokeAll(forRequest(request, parts))
    return reply.status(204).send()
  })
}

function endOf({ days, expiresUtc }: Order, at: Instant): Instant | undefined {
  if (expiresUtc === undefined) return days === undefined ? undefined : at + days * 86_400_000
  const end = Date.parse(expiresUtc)
  if (days === undefined && end > at) return end
  throw new ProvisioningError('invalid', {
    message: 'expiresUtc is no ISO 8601 time in the future, or stands beside days. Give one of them, or neither.',
  })
}

const noBodyIsNone = async (request: { body: unknown }) => {
  request.body ??= {}
}

/** It ends with what the visitor came in by; who came in by a token that ends gets none that ends later. */
function issueTo(visitor: Visitor, asked: Required<Issue>, { access }: OperatorParts): Promise<IssuedToken> {
  const { actor, credential } = visitor
  if (asked.roles.length === 0)
    throw new ProvisioningError('not_permitted', { actor: actor.name, permission: 'a role' })
  return access.tokens.issueToken({
    subject: subjectOf(credential.origin, actor.name),
    name: actor.name,
    roles: asked.roles,
    seconds: Math.min(asked.seconds, longestSeconds[asked.use]),
    origin: credential.origin,
    until: credential.until,
    ...(asked.use === 'sign-in' ? { audience: signInAudience } : {}),
  })
}

const subjectOf = (origin: Origin, name: string) => (origin.kind === 'principal' ? origin.id : `${origin.kind}:${name}`)

const rendered = ({ id, name, roles: has, createdAt, expiresAt }: Principal) => ({
  id,
  name,
  roles: has,
  createdDateTimeUtc: new Date(createdAt).toISOString(),
  ...(expiresAt === undefined ? {} : { expiresUtc: new Date(expiresAt).toISOString() }),
})
