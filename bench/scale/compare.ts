/** Asks a small and a large one the same, in turns, so that whatever else the machine does meets both. */
import { parseArgs } from 'node:util'
import { quantile, table } from '../figures.ts'
import { type Size, sizeOf } from './rows.ts'

export type Deed<World> = (world: World, turn: number) => Promise<unknown>

export interface Worlds<World> {
  readonly small: World
  readonly large: World
}

export interface Timing {
  readonly medianMicros: number
  readonly p99Micros: number
}

export interface Comparison {
  readonly what: string
  readonly small: Timing
  readonly large: Timing
  readonly ratio: number
}

/** Turns at most, and for so long at most. */
export interface Patience {
  readonly turns: number
  readonly ms: number
}

export async function compare<World>(
  what: string,
  deed: Deed<World>,
  { small, large }: Worlds<World>,
  patience: Patience,
): Promise<Comparison> {
  const micros = { small: [] as number[], large: [] as number[] }
  const end = performance.now() + patience.ms
  const time = async (side: keyof typeof micros, world: World, turn: number) => {
    const begin = performance.now()
    await deed(world, turn)
    micros[side].push((performance.now() - begin) * 1000)
  }
  for (let turn = 0; turn < patience.turns && performance.now() < end; turn++) {
    // who comes second may find something warm
    if (turn % 2 === 0) await time('small', small, turn)
    await time('large', large, turn)
    if (turn % 2 === 1) await time('small', small, turn)
  }
  const timings = { small: timingOf(micros.small), large: timingOf(micros.large) }
  return { what, ...timings, ratio: timings.large.medianMicros / timings.small.medianMicros }
}

/** Without the first tenth, which warms the caches of both. */
function timingOf(micros: readonly number[]): Timing {
  const counted = micros.slice(Math.floor(micros.length / 10))
  return { medianMicros: quantile(counted, 0.5), p99Micros: quantile(counted, 0.99) }
}

export interface ScaleOptions {
  readonly small: Size
  readonly large: Size
  readonly json: boolean
}

/** `[registrations, default 1000000] [--json]` */
export function readScaleOptions(): ScaleOptions {
  const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
  return { small: sizeOf(1000), large: sizeOf(Number(positionals[0] ?? 1_000_000)), json: values.json === true }
}

export function report(comparisons: readonly Comparison[], { large, json }: ScaleOptions): string {
  if (json) return JSON.stringify(comparisons)
  const cell = ({ medianMicros, p99Micros }: Timing) => `${medianMicros.toFixed(0)} (${p99Micros.toFixed(0)})`
  return table(
    ['microseconds: median (p99)', 'of 1,000', `of ${large.registrations.toLocaleString('en')}`, 'ratio of medians'],
    comparisons.map(({ what, small, large, ratio }) => [what, cell(small), cell(large), ratio.toFixed(2)]),
  )
}
