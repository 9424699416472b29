/** What was measured, as tables in Markdown. */
import { median, oneDecimal, ratioByRound, table, times, whole } from './figures.ts'
import type { Starts } from './landfall.ts'
import type { Measured, Round } from './measure.ts'
import type { TargetName } from './options.ts'
import type { StageCost } from './stages.ts'

export const peerOf: Partial<Record<TargetName, TargetName>> = {
  'landfall-https': 'nginx',
  'landfall-mqtt': 'mosquitto',
}

const of = (rounds: readonly Round[], field: Exclude<keyof Round, 'errors'>) => rounds.map((round) => round[field])

export function registrationsTable(measured: readonly Measured[]): string {
  const head = [
    'target',
    '/s',
    'server busy',
    'CPU µs each',
    'to the peer',
    'p50 ms',
    'p99 ms',
    'half: p50',
    'half: p99',
    'MiB idle',
    'MiB after',
  ]
  const rows = measured.map(({ target, full, half, afterMiB }) => [
    target.name,
    whole(median(of(full, 'perSecond'))),
    `${whole(100 * median(of(full, 'busy')))} %`,
    whole(median(of(full, 'cpuMicros'))),
    times(cpuRatio(measured, target.name)),
    oneDecimal(median(of(full, 'p50Ms'))),
    oneDecimal(median(of(full, 'p99Ms'))),
    oneDecimal(median(of(half, 'p50Ms'))),
    oneDecimal(median(of(half, 'p99Ms'))),
    whole(target.idleMiB),
    whole(afterMiB),
  ])
  return table(head, rows)
}

export function cpuRatio(measured: readonly Measured[], name: TargetName): number {
  const roundsOf = (wanted: TargetName | undefined) => measured.find(({ target }) => target.name === wanted)?.full ?? []
  return ratioByRound(of(roundsOf(name), 'cpuMicros'), of(roundsOf(peerOf[name]), 'cpuMicros'))
}

/** The last row is Landfall itself, where it was measured: the same load, everything done. */
export function stagesTable(costs: readonly StageCost[], landfall: Measured | undefined): string {
  const itself = landfall ? [{ does: landfallDoes, cpuMicros: median(of(landfall.full, 'cpuMicros')) }] : []
  const all = [...costs, ...itself]
  const last = all.at(-1)?.cpuMicros ?? Number.NaN
  const rows = all.map(({ does, cpuMicros }, index) => {
    const step = cpuMicros - (all[index - 1]?.cpuMicros ?? 0)
    return [does, whole(cpuMicros), whole(step), `${whole((100 * step) / last)} %`]
  })
  return table(['what the server does', 'CPU µs each', 'this step', 'share'], rows)
}

const landfallDoes = 'Landfall: + routing, path validation, decision, hub and twin, record, attempt'

export function aimsOf(measured: readonly Measured[], starts: Starts): readonly Aim[] {
  const landfall = measured.filter(({ target }) => peerOf[target.name])
  const each = (what: string, limit: number, unit: string, figure: (one: Measured) => number): Aim[] =>
    landfall.map((one) => ({ what: `${what}, ${one.target.name}`, limit, unit, measured: figure(one) }))
  return [
    ...each('CPU per registration, to the peer’s', 2, '×', ({ target }) => cpuRatio(measured, target.name)),
    ...each('p99 at half load', 100, 'ms', ({ half }) => median(of(half, 'p99Ms'))),
    { what: 'first start to ready', limit: 1000, unit: 'ms', measured: starts.firstMs },
    { what: 'next start to ready', limit: 1000, unit: 'ms', measured: median(starts.nextMs) },
    { what: 'idle memory, first start', limit: 120, unit: 'MiB', measured: starts.firstIdleMiB },
    { what: 'idle memory, next start', limit: 120, unit: 'MiB', measured: landfall[0]?.target.idleMiB ?? Number.NaN },
  ]
}

export interface Aim {
  readonly what: string
  readonly limit: number
  readonly unit: string
  readonly measured: number
}

export function aimsTable(aims: readonly Aim[]): string {
  const rows = aims.map(({ what, limit, unit, measured }) => [
    what,
    `≤ ${limit} ${unit}`,
    Number.isFinite(measured) ? `${measured < 10 ? measured.toFixed(2) : whole(measured)} ${unit}` : '–',
    Number.isFinite(measured) ? (measured <= limit ? 'met' : 'missed') : 'not measured',
  ])
  return table(['aim', 'limit', 'measured', ''], rows)
}
