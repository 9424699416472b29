/** What a hub has and this one does not: said plainly, so that nobody looks for the fault elsewhere. */
import type { FastifyInstance } from 'fastify'
import type { HubRight } from '../../sas/policy.ts'
import { notServed } from '../refusal.ts'
import { admit, type HubServiceParts } from './call.ts'

const absent: readonly (readonly [path: string, right: HubRight, what: string])[] = [
  ['/devices/*', 'RegistryWrite', 'This operation on a device is'],
  ['/twins/*', 'ServiceConnect', 'This operation on a twin is'],
  ['/digitaltwins/*', 'ServiceConnect', 'Digital twins are'],
  ['/messages/*', 'ServiceConnect', 'Cloud-to-device messages and feedback are'],
  ['/jobs/*', 'ServiceConnect', 'This operation on a job is'],
  ['/statistics/*', 'RegistryRead', 'These statistics are'],
]

export function absentRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  for (const [path, right, what] of absent) {
    app.all(path, admit(parts, right), async () => {
      throw notServed(what)
    })
  }
}
