/** One change as people read it: who, when and from where, then what differs, line by line. */
import { isDeepStrictEqual } from 'node:util'
import type { AuditRecord } from '../audit/entry.ts'
import { isJsonObject, type Json } from '../json.ts'
import { colour, harmless } from './output.ts'

export type AuditView = Omit<AuditRecord, 'at'> & { readonly at: string }

const verbs = { create: 'created', update: 'changed', delete: 'deleted', command: 'told' } as const
const paint = { create: colour.green, update: colour.yellow, delete: colour.red, command: colour.yellow } as const

/** A person reads so many; programs ask for JSON. */
const mostLines = 40
const longestValue = 120

export function changeStory({ number, at, action, target, before, after, shortened, ...deed }: AuditView): string {
  const { kind, id, hub } = target
  const what = `${kind} "${harmless(id)}"${hub === undefined ? '' : ` on ${harmless(hub)}`}`
  const lines = differences(before, after)
  const more = lines.length > mostLines ? [colour.dim(`… ${lines.length - mostLines} more; --json shows them`)] : []
  const left = shortened === undefined ? [] : [colour.dim(`left out: ${shortened}`)]
  return [
    `${colour.dim(`#${number}`)}  ${at}  ${paint[action](verbs[action])} ${colour.bold(what)}`,
    ...[whoOf(deed), ...lines.slice(0, mostLines), ...more, ...left].map((line) => `    ${line}`),
  ].join('\n')
}

function whoOf({ actor, remoteAddress, request }: Pick<AuditView, 'actor' | 'remoteAddress' | 'request'>): string {
  const hub = actor.hub === undefined ? '' : ` of ${actor.hub}`
  const who = actor.kind === 'service' ? 'by the service itself' : `by ${actor.kind} ${actor.name}${hub}`
  const from = remoteAddress === undefined ? '' : ` from ${remoteAddress}`
  return harmless(`${who}${from}${request === undefined ? '' : `: ${request}`}`)
}

/** A line for each value that came, went or changed, under the path to it. */
function differences(before: Json | undefined, after: Json | undefined, path = ''): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isBranch(before) || isBranch(after)) {
    const [was, is] = [membersOf(before), membersOf(after)]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return names.flatMap((name) => differences(was[name], is[name], path === '' ? name : `${path}.${name}`))
  }
  const name = harmless(path)
  if (before === undefined) return [colour.green(`+ ${name}: ${textOf(after)}`)]
  if (after === undefined) return [colour.red(`- ${name}: ${textOf(before)}`)]
  return [colour.yellow(`~ ${name}: ${textOf(before)} → ${textOf(after)}`)]
}

/** What is empty or a list is shown whole. */
const isBranch = (value: Json | undefined) => isJsonObject(value) && Object.keys(value).length > 0
const membersOf = (value: Json | undefined) => (isJsonObject(value) ? value : {})

function textOf(value: Json | undefined): string {
  const text = harmless(JSON.stringify(value) ?? '')
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}
