/** `/landfall/policies`: shared access policies of the service, their rights and keys (contract/management 3.10). */
import type { FastifyInstance } from 'fastify'
import { demand, forRequest } from '../access/visits.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import {
  addPolicy,
  changePolicy,
  inOrder,
  makePolicy,
  type PolicyOrder,
  policyNamed,
  removePolicy,
  rotate,
  type ServicePolicy,
  type WhichKey,
} from '../instance/policies.ts'
import { generateKey } from '../sas/key.ts'
import { connectionStringOf, serviceRights } from '../sas/policy.ts'
import { type Keys, keys } from './flags.ts'
import type { OperatorParts } from './parts.ts'

const update = {
  type: 'object',
  properties: { rights: { type: 'array', items: { enum: serviceRights }, minItems: 1 } },
  required: ['rights'],
  additionalProperties: false,
}
const create = {
  ...update,
  properties: { ...update.properties, primaryKey: { type: 'string' }, secondaryKey: { type: 'string' } },
}
export const rotation = {
  type: 'object',
  properties: { key: { enum: ['primary', 'secondary', 'swap'] } },
  required: ['key'],
  additionalProperties: false,
}

interface Named {
  Params: { name: string }
}
interface Create extends Named {
  Body: PolicyOrder
}
interface Update extends Named {
  Body: Pick<PolicyOrder, 'rights'>
}
interface Rotate extends Named {
  Body: { readonly key: WhichKey }
}

export function policyRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/policies', async () => (await readSettings(parts)).policies.map(withoutKeys))

  app.get<Named & { Querystring: Keys }>('/policies/:name', { schema: { querystring: keys } }, async (request) => {
    if (request.query.keys) demand(request, 'KeysRead')
    const policy = policyNamed(await readSettings(parts), request.params.name)
    return request.query.keys ? withKeys(policy, parts) : withoutKeys(policy)
  })

  app.put<Create>('/policies/:name', { schema: { body: create } }, async (request) => {
    demand(request, 'KeysRead')
    const policy = makePolicy(request.params.name, request.body, parts.random)
    await changeSettings(forRequest(request, parts), (settings) => addPolicy(settings, policy))
    return withKeys(policy, parts)
  })

  app.patch<Update>('/policies/:name', { schema: { body: update } }, async (request) => {
    const rights = inOrder(request.body.rights)
    const { name } = request.params
    const after = await changeSettings(forRequest(request, parts), (settings) =>
      changePolicy(settings, name, (policy) => ({ ...policy, rights })),
    )
    return withoutKeys(policyNamed(after, name))
  })

  app.post<Rotate>('/policies/:name/rotate', { schema: { body: rotation } }, async (request) => {
    demand(request, 'KeysRead')
    const { name } = request.params
    const fresh = generateKey(parts.random)
    const after = await changeSettings(forRequest(request, parts), (settings) =>
      changePolicy(settings, name, (policy) => rotate(policy, request.body.key, fresh)),
    )
    return withKeys(policyNamed(after, name), parts)
  })

  app.delete<Named>('/policies/:name', async (request, reply) => {
    await changeSettings(forRequest(request, parts), (settings) => removePolicy(settings, request.params.name))
    return reply.status(204).send()
  })
}

const withoutKeys = ({ name, rights }: ServicePolicy) => ({ name, rights })

function withKeys(policy: ServicePolicy, { endpoints }: OperatorParts) {
  const { name, rights, primaryKey, secondaryKey } = policy
  const connectionString = connectionStringOf(policy, endpoints().deviceEndpoint)
  return { name, rights, primaryKey, secondaryKey, connectionString }
}
