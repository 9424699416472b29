/** `/landfall/hubs/:name/policies`: shared access policies of an embedded hub; a key that leaked is made anew. */
import type { FastifyInstance } from 'fastify'
import { demand, forRequest } from '../access/visits.ts'
import { hubKeyBytes } from '../hub/hubs.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import { changeHubPolicy, embeddedNamed, type HubPolicy, hubPolicyNamed } from '../instance/hubs.ts'
import { rotate, type WhichKey } from '../instance/policies.ts'
import { generateKey } from '../sas/key.ts'
import { connectionStringOf } from '../sas/policy.ts'
import type { EmbeddedHubSetting } from '../store/settings.ts'
import { type Keys, keys } from './flags.ts'
import type { OperatorParts } from './parts.ts'
import { rotation } from './policies.ts'

interface OfHub {
  Params: { name: string }
  Querystring: Keys
}
interface Rotate {
  Params: { name: string; policy: string }
  Body: { readonly key: WhichKey }
}

export function hubPolicyRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get<OfHub>('/hubs/:name/policies', { schema: { querystring: keys } }, async (request) => {
    if (request.query.keys) demand(request, 'KeysRead')
    const hub = embeddedNamed(await readSettings(parts), request.params.name)
    return hub.policies.map((policy) => (request.query.keys ? withKeys(policy, hub, parts) : withoutKeys(policy)))
  })

  // whoever came in by the key that goes is cut off, and its tokens are refused from now on
  app.post<Rotate>('/hubs/:name/policies/:policy/rotate', { schema: { body: rotation } }, async (request) => {
    demand(request, 'KeysRead')
    const { name, policy } = request.params
    const fresh = generateKey(parts.random, hubKeyBytes)
    const after = await changeSettings(forRequest(request, parts), (settings) =>
      changeHubPolicy(settings, { hub: name, policy }, (before) => rotate(before, request.body.key, fresh)),
    )
    const hub = embeddedNamed(after, name)
    return withKeys(hubPolicyNamed(hub, policy), hub, parts)
  })
}

const withoutKeys = ({ name, rights }: HubPolicy) => ({ name, rights })

function withKeys(policy: HubPolicy, hub: EmbeddedHubSetting, parts: OperatorParts) {
  const { name, rights, primaryKey, secondaryKey } = policy
  return { name, rights, primaryKey, secondaryKey, connectionString: connectionStringOf(policy, hostOf(hub, parts)) }
}

/** As service SDKs dial it. */
export function hostOf({ name }: EmbeddedHubSetting, { endpoints }: OperatorParts): string {
  const { https } = endpoints().ports
  return https === 443 ? name : `${name}:${https}`
}
