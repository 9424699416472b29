/** How a fleet is doing: a table that is drawn anew where a person looks, else a line now and then, JSON for programs. */
import { liveBlock } from '../live-block.ts'
import { colour, harmless, say, table } from '../output.ts'
import type { Snapshot, Sum } from './tally.ts'

export interface Display {
  readonly everyMs: number
  show(snapshot: Snapshot, seconds: number): void
}

const mostReasons = 5

export function displayOf(json: boolean): Display {
  if (json)
    return {
      everyMs: 1000,
      show: (snapshot, seconds) => say(JSON.stringify({ seconds: Math.round(seconds), ...snapshot })),
    }
  if (process.stdout.isTTY !== true) return { everyMs: 5000, show: (snapshot) => say(lineOf(snapshot)) }
  const block = liveBlock()
  return { everyMs: 1000, show: (snapshot, seconds) => block.show(blockOf(snapshot, seconds)) }
}

const ms = (value: number | undefined): string => (value === undefined ? '-' : `${value} ms`)

function lineOf({ up, devices, perSecond, p50Ms, p99Ms, reconnects, errors }: Snapshot): string {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0)
  return `${up} of ${devices} up, ${perSecond} messages/s, p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, ${reconnects} reconnects, ${failed} errors`
}

function blockOf(snapshot: Snapshot, seconds: number): string {
  const { up, devices, perSecond, sent, p50Ms, p99Ms, reconnects, methods, twins, errors } = snapshot
  const rows = [[`${up} of ${devices}`, perSecond, sent, ms(p50Ms), ms(p99Ms), reconnects, methods, twins]]
  const headers = ['Up', 'Messages/s', 'Sent', 'p50', 'p99', 'Reconnects', 'Methods', 'Twins']
  return `${colour.dim(`${Math.round(seconds)} s; Ctrl-C ends it`)}\n${table(headers, rows)}${errorsText(errors)}`
}

function errorsText(errors: Sum['errors']): string {
  const shown = Object.entries(errors).slice(0, mostReasons)
  const more = Object.keys(errors).length - shown.length
  const lines = shown.map(([reason, count]) => `\n  ${colour.red('✗')} ${count} × ${harmless(reason)}`)
  return `${lines.join('')}${more > 0 ? `\n  … and ${more} other reasons` : ''}`
}

export function sumText({ devices, registered, everUp, sent, reconnects, methods, errors }: Sum): string {
  const good = `${registered} of ${devices} devices registered, ${everUp} were up; ${sent} messages sent, ${reconnects} reconnects, ${methods} methods answered`
  return `${good}${errorsText(errors)}`
}
