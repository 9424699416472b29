/** A condition alone, as jobs and configurations carry it: what stands behind WHERE; `*` or nothing: all devices. */
import { HubRefusal, invalid } from '../refusal.ts'
import { parseQuery } from './parse.ts'
import type { Query } from './query.ts'

const before = 'SELECT * FROM devices WHERE '

/** A refusal names the position within the condition. */
export function parseCondition(condition: string): Query {
  const text = condition.trim()
  if (text === '' || text === '*') return parseQuery('SELECT * FROM devices')
  return shifted(before.length, () => parseQuery(`${before}${condition}`))
}

/** Of a configuration; for modules it says so: `FROM devices.modules WHERE …`. */
export function parseTargetCondition(condition: string): string {
  if (/^\s*from\s/i.test(condition)) shifted('SELECT * '.length, () => parseQuery(`SELECT * ${condition}`))
  else parseCondition(condition)
  return condition
}

function shifted(by: number, parse: () => Query): Query {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof HubRefusal)) throw error
    throw invalid(
      error.message
        .replace('The query', 'The condition')
        .replace(/at position (\d+)/, (_, at: string) => `at position ${Math.max(0, Number(at) - by)}`),
    )
  }
}
