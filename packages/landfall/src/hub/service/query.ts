/** `POST /devices/query`: twins by a condition, page by page (contract/iot-hub 7). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type DeviceId, isDeviceId, printable } from '../../ids.ts'
import { parseQuery, type Query } from '../query/parse.ts'
import { runQuery } from '../query/run.ts'
import { invalid } from '../refusal.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf } from './call.ts'

/** contract/iot-hub 7.1 */
const defaultPage = 100
const largestPage = 1000

export function queryRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.post('/devices/query', admit(parts, 'ServiceConnect'), answerQuery)
}

async function answerQuery(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, registry, devices } = callOf(request)
  const query = parseQuery(textOf(request))
  const { rows, next } = await runQuery(registry.store, devices, {
    hub,
    query,
    limit: limitOf(request),
    after: continuationOf(request),
  })
  // C# cannot do without the type; an empty continuation would make Node ask for ever: contract/iot-hub 7.1
  reply.header('x-ms-item-type', typeOf(query))
  if (next !== undefined) reply.header('x-ms-continuation', Buffer.from(next).toString('base64url'))
  return reply.send(rows)
}

const typeOf = ({ select }: Query) => (select === 'all' ? 'Twin' : 'Raw')

function textOf(request: FastifyRequest): string {
  const { query } = objectBodyOf(request)
  if (typeof query === 'string') return query
  throw invalid('The body of a query is {"query": "SELECT * FROM devices"}.')
}

function limitOf({ headers }: FastifyRequest): number {
  const text = headers['x-ms-max-item-count']
  if (text === undefined || text === '') return defaultPage
  const count = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1)
    throw invalid(`x-ms-max-item-count is a number from 1 to ${largestPage}, not "${printable(String(text), 40)}".`)
  return Math.min(count, largestPage)
}

function continuationOf({ headers }: FastifyRequest): DeviceId | undefined {
  const text = headers['x-ms-continuation']
  if (text === undefined || text === '') return
  const after = Buffer.from(String(text), 'base64url').toString()
  if (isDeviceId(after)) return after
  throw invalid('x-ms-continuation is not one that this hub gave. Send it as it came, or begin anew without.')
}
