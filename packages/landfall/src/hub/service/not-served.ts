/** What a hub has and this one does not: said plainly, so that nobody looks for the fault elsewhere. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { printable } from '../../ids.ts'
import type { HubRight } from '../../sas/policy.ts'
import { HubRefusal, notServed } from '../refusal.ts'
import { readDevice } from '../registry.ts'
import { admit, callOf, type HubServiceParts, placeOf } from './call.ts'

const absent: readonly (readonly [path: string, right: HubRight, what: string])[] = [
  ['/devices/*', 'RegistryWrite', 'This operation on a device is'],
  ['/twins/*', 'ServiceConnect', 'Twins and methods of modules are'],
  ['/digitaltwins/*', 'ServiceConnect', 'Digital twins are'],
  ['/messages/*', 'ServiceConnect', 'Cloud-to-device messages and feedback are'],
  ['/configurations', 'RegistryRead', 'Configurations are'],
  ['/configurations/*', 'RegistryRead', 'Configurations are'],
  ['/jobs', 'ServiceConnect', 'Jobs are'],
  ['/jobs/*', 'ServiceConnect', 'Jobs are'],
  ['/statistics/*', 'RegistryRead', 'These statistics are'],
]

export function absentRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  moduleRoutes(app, parts)
  // contract/iot-hub 5.6
  app.post('/jobs/create', admit(parts, 'RegistryWrite'), async () => {
    throw new HubRefusal(
      'OperationNotAvailable',
      'Import and export are not served by this version of the embedded hub.',
    )
  })
  for (const [path, right, what] of absent) {
    app.all(path, admit(parts, right), async () => {
      throw notServed(what)
    })
  }
}

/** A device of this hub has no modules: asking for them is answered, making one is not. */
function moduleRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  const read = admit(parts, 'RegistryRead')
  const write = admit(parts, 'RegistryWrite')
  app.get('/devices/:id/modules', read, async (request) => {
    await readDevice(callOf(request).registry, placeOf(request))
    return []
  })
  app.get('/devices/:id/modules/:moduleId', read, noModule)
  app.delete('/devices/:id/modules/:moduleId', write, noModule)
  app.get('/twins/:id/modules/:moduleId', admit(parts, 'ServiceConnect'), noModule)
  app.put('/devices/:id/modules/:moduleId', write, async () => {
    throw notServed('Modules are')
  })
}

async function noModule(request: FastifyRequest): Promise<never> {
  const place = placeOf(request)
  await readDevice(callOf(request).registry, place)
  const { moduleId } = request.params as { moduleId: string }
  throw new HubRefusal(
    'ModuleNotFound',
    `The device "${place.deviceId}" has no module "${printable(moduleId)}". Modules are not served by this version of the embedded hub.`,
  )
}
