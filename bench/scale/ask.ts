/** Requests to the service API as an SDK sends them: on one connection, with one SAS token. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import { json } from 'node:stream/consumers'
import { makeSasToken, parseConnectionString } from 'landfall-client'
import type { ConnectionFile } from '../../packages/landfall/src/connection-file.ts'

export interface Asked {
  readonly method?: 'POST'
  /** From the root, without the api-version. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Anything else is an error; default 200. */
  readonly status?: number
  /** As many as this must be in the answer. */
  readonly items?: number
}

export type Ask = (asked: Asked) => Promise<void>

export async function makeAsk({ serviceConnectionString, ports }: ConnectionFile, agent: Agent): Promise<Ask> {
  const authorization = await makeSasToken(parseConnectionString(serviceConnectionString), { lifetimeSeconds: 3600 })
  return async ({ method = 'GET', path, headers, status = 200, items }) => {
    const sent = request({
      agent,
      host: 'localhost',
      port: ports.https,
      method,
      path: `${path}?api-version=2021-10-01`,
      headers: { authorization, 'content-type': 'application/json; charset=utf-8', ...headers },
    })
    sent.end(method === 'POST' ? '{"query":"SELECT * FROM c"}' : undefined)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const body = await json(answer)
    if (answer.statusCode !== status) throw new Error(`${path} was answered ${answer.statusCode}, not ${status}.`)
    if (items !== undefined && (body as readonly unknown[]).length !== items)
      throw new Error(`${path} has ${(body as readonly unknown[]).length} items, not ${items}.`)
  }
}
