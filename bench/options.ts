/** What the bench may be told on its command line. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export const targetNames = ['nginx', 'landfall-https', 'mosquitto', 'landfall-mqtt'] as const
export type TargetName = (typeof targetNames)[number]

export interface Options {
  readonly targets: readonly TargetName[]
  /** Registrations in one counted round. */
  readonly count: number
  /** Counted rounds at full load; half as many, at least one, at half load. */
  readonly rounds: number
  /** Connections open at once, over all generators; the same for every target. */
  readonly concurrency: number
  /** Processes that make the load. */
  readonly generators: number
  readonly stages: boolean
  readonly profile: boolean
  /** After this the run is ended and counts as failed. */
  readonly deadlineMs: number
}

export const usage = `npm run bench -- [options]

  --quick             one short round of everything but the stages, under a minute
  --only NAMES        of ${targetNames.join(', ')} (default: all)
  --count N           registrations in a round (default 1200)
  --rounds N          counted rounds of each target, in turn (default 3)
  --concurrency N     connections open at once (default 32)
  --generators N      processes that make the load (default: one core less than there are)
  --no-stages         leave out where the microseconds go
  --profile           CPU profile of Landfall under full load, summed up by function and file`

export class UsageError extends Error {}

/** Undefined where help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parse(args)
  if (values.help) return
  const quick = values.quick === true
  return {
    targets: readNames(values.only, targetNames),
    count: readCount('count', values.count, quick ? 300 : 1200, 50_000),
    rounds: readCount('rounds', values.rounds, quick ? 1 : 3, 20),
    concurrency: readCount('concurrency', values.concurrency, 32, 512),
    generators: readCount('generators', values.generators, Math.max(1, availableParallelism() - 1), 16),
    stages: !quick && values['no-stages'] !== true,
    profile: values.profile === true,
    deadlineMs: quick ? 60_000 : 360_000,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        count: { type: 'string' },
        rounds: { type: 'string' },
        concurrency: { type: 'string' },
        generators: { type: 'string' },
        'no-stages': { type: 'boolean' },
        profile: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Of those that are known, in their order; all where nothing was said. */
export function readNames<Name extends string>(text: string | undefined, known: readonly Name[]): readonly Name[] {
  if (text === undefined) return known
  const wanted = text.split(',')
  const strange = wanted.find((name) => !known.some((one) => one === name))
  if (strange !== undefined) throw new UsageError(`--only: "${strange}" is none of ${known.join(', ')}.`)
  return known.filter((name) => wanted.includes(name))
}

export function readCount(flag: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > most)
    throw new UsageError(`--${flag}: "${text}" is no whole number from 1 to ${most}.`)
  return count
}
