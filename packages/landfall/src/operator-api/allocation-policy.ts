/** `/landfall/allocation-policy`: how hubs are chosen where an enrollment does not say. */
import type { FastifyInstance } from 'fastify'
import { forRequest } from '../access/visits.ts'
import { changeSettings, readSettings } from '../instance/change-settings.ts'
import type { Settings } from '../store/settings.ts'
import type { OperatorParts } from './parts.ts'

type Body = Pick<Settings, 'allocationPolicy'>
const body = {
  type: 'object',
  properties: { allocationPolicy: { enum: ['hashed', 'geoLatency', 'static'] } },
  required: ['allocationPolicy'],
  additionalProperties: false,
}

export function allocationPolicyRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/allocation-policy', async () => {
    const { allocationPolicy } = await readSettings(parts)
    return { allocationPolicy }
  })

  app.put<{ Body: Body }>('/allocation-policy', { schema: { body } }, async (asked) => {
    const { allocationPolicy } = await changeSettings(forRequest(asked, parts), (settings) => ({
      ...settings,
      ...asked.body,
    }))
    return { allocationPolicy }
  })
}
