/** `/landfall/allocation-policy`: how hubs are chosen where an enrollment does not say. */
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { changeSettings, readSettings } from './change-settings.ts'
import type { OperatorParts } from './parts.ts'

const Body = Type.Object(
  { allocationPolicy: Type.Union([Type.Literal('hashed'), Type.Literal('geoLatency'), Type.Literal('static')]) },
  { additionalProperties: false },
)

export function allocationPolicyRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.get('/allocation-policy', async () => {
    const { allocationPolicy } = await readSettings(parts)
    return { allocationPolicy }
  })

  app.put<{ Body: Type.Static<typeof Body> }>('/allocation-policy', { schema: { body: Body } }, async ({ body }) => {
    const { allocationPolicy } = await changeSettings(parts, (settings) => ({ ...settings, ...body }))
    return { allocationPolicy }
  })
}
