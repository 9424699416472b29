/** Pages of queries and jobs: how long one is, where it goes on, and what it holds (contract/iot-hub 7.1). */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { printable } from '../../ids.ts'
import type { Continuation, QueryPage } from '../query/run.ts'
import { invalid } from '../refusal.ts'

/** contract/iot-hub 7.1 */
const defaultPage = 100
const largestPage = 1000

/** C# cannot do without the type; an empty continuation would make Node ask for ever. */
export function answerPage(reply: FastifyReply, type: string, { rows, next }: QueryPage): FastifyReply {
  reply.header('x-ms-item-type', type)
  if (next !== undefined) reply.header('x-ms-continuation', textOfContinuation(next))
  return reply.send(rows)
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
