/** What the bench of the hub may be told on its command line. */
import { parseArgs } from 'node:util'
import { readCount, readNames, UsageError } from '../options.ts'

export interface HubOptions {
  readonly devices: number
  /** Handshakes at once while they connect. */
  readonly atOnce: number
  readonly processes: number
  readonly rounds: number
  readonly seconds: number
  readonly parts: readonly Part[]
  readonly json: boolean
}

export const parts = ['connected', 'telemetry', 'exchanges'] as const
export type Part = (typeof parts)[number]

export const usage = `npm run bench:hub -- [options]

  --devices N     connections that are held and say nothing (default 2000, at most 10000)
  --at-once N     of them that connect at the same moment (default 64)
  --processes N   that are the devices (default 4)
  --rounds N      counted rounds of telemetry for each server, in turn (default 3)
  --seconds N     that a round lasts (default 3)
  --only NAMES    of ${parts.join(', ')} (default: all)
  --json          figures for programs`

/** Undefined where help was asked for. */
export function readHubOptions(args: readonly string[]): HubOptions | undefined {
  const { values } = parse(args)
  if (values.help) return
  return {
    devices: readCount('devices', values.devices, 2000, 10_000),
    atOnce: readCount('at-once', values['at-once'], 64, 10_000),
    processes: readCount('processes', values.processes, 4, 16),
    rounds: readCount('rounds', values.rounds, 3, 20),
    seconds: readCount('seconds', values.seconds, 3, 60),
    parts: readNames(values.only, parts),
    json: values.json === true,
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const yes = { type: 'boolean' } as const
  const numbers = { devices: text, 'at-once': text, processes: text, rounds: text, seconds: text }
  try {
    return parseArgs({
      args: [...args],
      options: { ...numbers, only: text, json: yes, help: { ...yes, short: 'h' } },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
