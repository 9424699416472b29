/** `/landfall/policies`: shared access policies of the service, their rights and keys (contract/management 3.10). */
import type { FastifyInstance } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import { generateKey, readKey } from '../sas/key.ts'
import {
  allows,
  connectionStringOf,
  findPolicy,
  type ServiceRight,
  type SharedAccessPolicy,
  serviceRights,
} from '../sas/policy.ts'
import type { Settings } from '../store/settings.ts'
import type { Random } from '../system.ts'
import { changeSettings, readSettings } from './change-settings.ts'
import { type Keys, keys } from './flags.ts'
import type { OperatorParts } from './parts.ts'

type Policy = SharedAccessPolicy<ServiceRight>

interface Update {
  readonly rights: readonly ServiceRight[]
}
const update = {
  type: 'object',
  properties: { rights: { type: 'array', items: { enum: serviceRights }, minItems: 1 } },
  required: ['rights'],
  additionalProperties: false,
}
interface Create extends Update {
  readonly primaryKey?: string
  readonly secondaryKey?: string
}
const create = {
  ...update,
  properties: { ...update.properties, primaryKey: { type: 'string' }, secondaryKey: { type: 'string' } },
}
interface Rotate {
  readonly key: 'primary' | 'secondary' | 'swap'
}
const rotate = {
  type: 'object',
  properties: { key: { enum: ['primary', 'secondary', 'swap'] } },
  required: ['key'],
  additionalProperties: false,
}

interface Named {
  Params: { name: string }
}

export function policyRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/policies', async () => (await readSettings(parts)).policies.map(withoutKeys))

  app.get<Named & { Querystring: Keys }>(
    '/policies/:name',
    { schema: { querystring: keys } },
    async ({ params, query }) => {
      const policy = find(await readSettings(parts), params.name)
      return query.keys ? withKeys(policy, parts) : withoutKeys(policy)
    },
  )

  app.put<Named & { Body: Create }>('/policies/:name', { schema: { body: create } }, async ({ params, body }) => {
    const policy = newPolicy(params.name, body, parts.random)
    await changeSettings(parts, (settings) => added(settings, policy))
    return withKeys(policy, parts)
  })

  app.patch<Named & { Body: Update }>('/policies/:name', { schema: { body: update } }, async ({ params, body }) => {
    const rights = inOrder(body.rights)
    const after = await changeSettings(parts, (settings) =>
      replaced(settings, params.name, (policy) => ({ ...policy, rights })),
    )
    return withoutKeys(find(after, params.name))
  })

  app.post<Named & { Body: Rotate }>(
    '/policies/:name/rotate',
    { schema: { body: rotate } },
    async ({ params, body }) => {
      const fresh = generateKey(parts.random)
      const after = await changeSettings(parts, (settings) =>
        replaced(settings, params.name, (policy) => rotated(policy, body.key, fresh)),
      )
      return withKeys(find(after, params.name), parts)
    },
  )

  app.delete<Named>('/policies/:name', async ({ params }, reply) => {
    await changeSettings(parts, (settings) => {
      const policy = find(settings, params.name)
      return keepingOwner({ ...settings, policies: settings.policies.filter((one) => one !== policy) })
    })
    return reply.status(204).send()
  })
}

function find({ policies }: Settings, name: string): Policy {
  const policy = findPolicy(policies, name)
  if (!policy) throw new ProvisioningError('policy_not_found', { name: printable(name) })
  return policy
}

function newPolicy(name: string, { rights, ...keys }: Create, random: Random): Policy {
  // contract/service-api 3.7: the narrowest client's alphabet; "." and ".." no client can put into a path
  if (!/^(?!\.{1,2}$)[A-Za-z0-9_\-@.]{1,64}$/.test(name))
    throw new ProvisioningError('invalid', {
      message: `"${printable(name)}" is no policy name: use 1 to 64 letters, digits, "-", "_", "." or "@".`,
    })
  return {
    name,
    primaryKey: keyOrNew('primaryKey', keys.primaryKey, random),
    secondaryKey: keyOrNew('secondaryKey', keys.secondaryKey, random),
    rights: inOrder(rights),
  }
}

function keyOrNew(member: string, given: string | undefined, random: Random): string {
  if (given === undefined) return generateKey(random)
  const bytes = readKey(given)
  if (!bytes) throw new ProvisioningError('invalid', { message: `${member} is not base64 of 16 to 64 bytes.` })
  return bytes.toString('base64')
}

const inOrder = (rights: readonly string[]) => serviceRights.filter((right) => rights.includes(right))

function added(settings: Settings, policy: Policy): Settings {
  if (findPolicy(settings.policies, policy.name))
    throw new ProvisioningError('name_taken', {
      message: `There is a shared access policy "${policy.name}" already.`,
    })
  return { ...settings, policies: [...settings.policies, policy] }
}

function replaced(settings: Settings, name: string, step: (policy: Policy) => Policy): Settings {
  const policy = find(settings, name)
  const policies = settings.policies.map((one) => (one === policy ? step(policy) : one))
  return keepingOwner({ ...settings, policies })
}

function rotated(policy: Policy, key: 'primary' | 'secondary' | 'swap', fresh: string): Policy {
  if (key === 'swap') return { ...policy, primaryKey: policy.secondaryKey, secondaryKey: policy.primaryKey }
  return key === 'primary' ? { ...policy, primaryKey: fresh } : { ...policy, secondaryKey: fresh }
}

/** Without a policy that has ServiceConfig nobody could ever change anything here again. */
function keepingOwner(settings: Settings): Settings {
  if (settings.policies.some((policy) => allows(policy, 'ServiceConfig'))) return settings
  throw new ProvisioningError('invalid', {
    message: 'This is the last policy with the right ServiceConfig. Create another one first.',
  })
}

const withoutKeys = ({ name, rights }: Policy) => ({ name, rights })

function withKeys(policy: Policy, { endpoints }: OperatorParts) {
  const { name, rights, primaryKey, secondaryKey } = policy
  const connectionString = connectionStringOf(policy, endpoints().deviceEndpoint)
  return { name, rights, primaryKey, secondaryKey, connectionString }
}
