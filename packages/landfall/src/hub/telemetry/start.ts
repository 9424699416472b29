/** Where a reader of the Event-Hubs-compatible endpoint wants to begin (contract/iot-hub 16.5). */
import type { Start } from './log.ts'

/** `az iot hub monitor-events` writes x-opt-enqueuedtimeutc, and its value without quotes. */
const form =
  /^\s*amqp\.annotation\.(x-opt-offset|x-opt-sequence-number|x-opt-enqueued-?time(?:utc)?)\s*(>=?)\s*(?:'([^']{1,40})'|(\d{1,16}))\s*$/

/** Undefined: the text says something else. */
export function readStart(filter: string): Start | undefined {
  const [, field, sign, quoted, bare] = form.exec(filter) ?? []
  const text = quoted ?? bare ?? ''
  const inclusive = sign === '>='
  if (field === 'x-opt-offset' && text === '@latest') return 'latest'
  if (field === 'x-opt-offset' && text === '-1') return 'earliest'
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : undefined
  if (value === undefined) return
  if (field === 'x-opt-offset') return { offset: value, inclusive }
  if (field === 'x-opt-sequence-number') return { sequence: value, inclusive }
  return { enqueuedAfter: inclusive ? value - 1 : value }
}
