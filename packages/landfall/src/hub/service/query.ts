/** `POST /devices/query`: twins, modules and jobs by a condition, page by page (contract/iot-hub 7). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { printable } from '../../ids.ts'
import { parseQuery } from '../query/parse.ts'
import type { Query } from '../query/query.ts'
import { type Continuation, runQuery } from '../query/run.ts'
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
  const { store } = registry
  const page = { limit: limitOf(request), from: continuationOf(request) }
  const { rows, next } = await runQuery({ store, devices, hub, query, ...page })
  // C# cannot do without the type; an empty continuation would make Node ask for ever: contract/iot-hub 7.1
  reply.header('x-ms-item-type', typeOf(query))
  if (next !== undefined) reply.header('x-ms-continuation', textOfContinuation(next))
  return reply.send(rows)
}

const typeOf = ({ select, from }: Query) => (select !== 'all' ? 'Raw' : from === 'jobs' ? 'DeviceJob' : 'Twin')

function textOf(request: FastifyRequest): string {
  const { query } = objectBodyOf(request)
  if (typeof query === 'string') return query
  throw invalid('The body of a query is {"query": "SELECT * FROM devices"}.')
}

export function limitOf({ headers }: FastifyRequest): number {
  const text = headers['x-ms-max-item-count']
  if (text === undefined || text === '') return defaultPage
  const count = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1)
    throw invalid(`x-ms-max-item-count is a number from 1 to ${largestPage}, not "${printable(String(text), 40)}".`)
  return Math.min(count, largestPage)
}

const textOfContinuation = (next: Continuation) => Buffer.from(JSON.stringify(next)).toString('base64url')

export function continuationOf({ headers }: FastifyRequest): Continuation | undefined {
  const text = headers['x-ms-continuation']
  if (text === undefined || text === '') return
  const next = readContinuation(Buffer.from(String(text), 'base64url').toString())
  if (next) return next
  throw invalid('x-ms-continuation is not one that this hub gave. Send it as it came, or begin anew without.')
}

function readContinuation(text: string): Continuation | undefined {
  try {
    const { after, given } = Object(JSON.parse(text))
    // two ids and what stands between
    return typeof after === 'string' && after.length <= 300 && Number.isSafeInteger(given)
      ? { after, given }
      : undefined
  } catch {
    return
  }
}
