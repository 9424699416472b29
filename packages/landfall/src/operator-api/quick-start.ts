/** `/landfall/quick-start`: the walk on the server, for the portal's page; its steps as newline-delimited JSON. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { demand, forRequest } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { makeName, parseName, requireFree } from '../quick-start/order.ts'
import { removeQuickStart, requireSomething } from '../quick-start/removal.ts'
import { quickStart, type Step } from '../quick-start/walk.ts'
import type { KeyPairKind } from '../x509/issue.ts'
import type { OperatorParts } from './parts.ts'

interface Order {
  readonly name?: string
  readonly devices?: number
  readonly keyType?: KeyPairKind
}
/** Ten show how devices spread; a key of RSA 4096 takes seconds to make. */
const order = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    devices: { type: 'integer', minimum: 1, maximum: 10 },
    keyType: { enum: ['ec', 'ec-p384', 'rsa', 'rsa-2048', 'rsa-3072'] },
  },
  additionalProperties: false,
}

/** Making keys takes all threads that checking tokens waits for too. */
const mostAtOnce = 4

export function quickStartRoutes(app: FastifyInstance, parts: OperatorParts): void {
  let underWay = 0

  app.post<{ Body: Order }>('/quick-start', { schema: { body: order } }, async (request, reply) => {
    demand(request, 'EnrollmentWrite')
    const { name: wanted, devices = 1, keyType = 'ec' } = request.body
    const name = wanted === undefined ? makeName(parts.random) : parseName(wanted)
    await requireFree(name, parts.store)
    if (underWay >= mostAtOnce) throw new ProvisioningError('overloaded')
    underWay++
    const steps = quickStart({ name, devices, keyType }, forRequest(request, parts))
    const lines = Readable.from(linesOf(steps)).once('close', () => underWay--)
    // private keys are among them
    reply.header('cache-control', 'no-store').type('application/x-ndjson; charset=utf-8')
    return reply.send(lines)
  })

  app.delete<{ Params: { name: string } }>('/quick-start/:name', async (request) => {
    demand(request, 'EnrollmentWrite')
    const name = parseName(request.params.name)
    const removed = await removeQuickStart(name, forRequest(request, parts))
    requireSomething(name, removed)
    return removed
  })
}

async function* linesOf(steps: AsyncIterable<Step>): AsyncGenerator<string, void> {
  for await (const step of steps) yield `${JSON.stringify(step)}\n`
}
