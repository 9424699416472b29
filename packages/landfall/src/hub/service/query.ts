/** `POST /devices/query`: twins, modules and jobs by a condition, page by page (contract/iot-hub 7). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseQuery } from '../query/parse.ts'
import type { Query } from '../query/query.ts'
import { runQuery } from '../query/run.ts'
import { invalid } from '../refusal.ts'
import { admit, callOf, type HubServiceParts, objectBodyOf } from './call.ts'
import { answerPage, continuationOf, limitOf } from './paging.ts'

export function queryRoutes(app: FastifyInstance, parts: HubServiceParts): void {
  app.post('/devices/query', admit(parts, 'ServiceConnect'), answerQuery)
}

async function answerQuery(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { hub, registry, devices } = callOf(request)
  const query = parseQuery(textOf(request))
  const { store } = registry
  const page = { limit: limitOf(request), from: continuationOf(request) }
  return answerPage(reply, typeOf(query), await runQuery({ store, devices, hub, query, ...page }))
}

const typeOf = ({ select, from }: Query) => (select !== 'all' ? 'Raw' : from === 'jobs' ? 'DeviceJob' : 'Twin')

function textOf(request: FastifyRequest): string {
  const { query } = objectBodyOf(request)
  if (typeof query === 'string') return query
  throw invalid('The body of a query is {"query": "SELECT * FROM devices"}.')
}
