/** Durable QoS 1 telemetry: acknowledged messages a second, what each costs the server, and how long a device waits. */
import { median, quantile } from '../figures.ts'
import type { Round } from '../measure.ts'
import { cpuMicrosOf } from '../process-tree.ts'
import type { Fleet } from './fleet.ts'

export interface Sink {
  readonly name: string
  readonly pid: number
  readonly fleet: Fleet
  readonly topic: string
  /** Before each round: what the last one left behind is not to be its burden. */
  readonly reset?: () => Promise<void>
}

export interface TelemetryPlan {
  readonly rounds: number
  readonly seconds: number
  readonly window: number
  readonly payloadBytes: number
}

export interface Telemetry {
  readonly name: string
  readonly rounds: readonly Round[]
}

/** A B C A B C …: what disturbs the machine for a while disturbs all of them. The first round of each is not counted. */
export async function measureTelemetry(sinks: readonly Sink[], plan: TelemetryPlan): Promise<readonly Telemetry[]> {
  const measured = sinks.map((): Round[] => [])
  for (let round = 0; round <= plan.rounds; round++)
    for (const [index, sink] of sinks.entries()) {
      const one = await runRound(sink, plan)
      if (one.errors[0] !== undefined) throw new Error(`${sink.name}: messages went wrong. ${one.errors[0]}`)
      if (round > 0) measured[index]?.push(one)
    }
  return sinks.map(({ name }, index) => ({ name, rounds: measured[index] ?? [] }))
}

async function runRound({ pid, fleet, topic, reset }: Sink, plan: TelemetryPlan): Promise<Round> {
  await reset?.()
  const { window, seconds } = plan
  const payload = JSON.stringify({ temperature: 21.5, padding: '-'.repeat(plan.payloadBytes - 35) })
  const cpuBefore = cpuMicrosOf(pid)
  const told = await fleet.tell({ do: 'publish', topic, payload, window, seconds })
  const cpu = cpuMicrosOf(pid) - cpuBefore
  const messages = told.latenciesMs.length
  return {
    perSecond: messages / told.seconds,
    cpuMicros: cpu / messages,
    busy: cpu / (told.seconds * 1_000_000),
    p50Ms: quantile(told.latenciesMs, 0.5),
    p99Ms: quantile(told.latenciesMs, 0.99),
    errors: told.errors,
  }
}

export const medianOf = ({ rounds }: Telemetry, field: Exclude<keyof Round, 'errors'>) =>
  median(rounds.map((round) => round[field]))
