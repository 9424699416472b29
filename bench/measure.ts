/** Rounds: one target, one load, and what the server spent on it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address } from './exchange.ts'
import { median, quantile } from './figures.ts'
import type { Pace } from './generator.ts'
import type { Load } from './load.ts'
import type { TargetName } from './options.ts'
import { cpuMicrosOf, residentMiBOf } from './process-tree.ts'

export interface Target {
  readonly name: TargetName
  /** Resident when it had just started. */
  readonly idleMiB: number
  readonly pid: number
  readonly address: Address
}

/** A target, or the server of a stage. */
export type Server = Pick<Target, 'pid' | 'address'>

export interface Round {
  readonly perSecond: number
  /** Of the server and its children, for one registration or message. */
  readonly cpuMicros: number
  /** How much of one core the server used while it lasted. */
  readonly busy: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: readonly string[]
}

/** A server still closes connections when the last answer has arrived; that belongs to the round. */
const settleMs = 100

export async function runRound(load: Load, target: Server, count: number, pace: Pace): Promise<Round> {
  await load.prepare(count)
  const before = cpuMicrosOf(target.pid)
  const { latenciesMs, errors, perSecond } = await load.run(target.address, pace)
  await sleep(settleMs)
  const spent = cpuMicrosOf(target.pid) - before
  const done = latenciesMs.length
  return {
    perSecond,
    cpuMicros: spent / done,
    busy: (spent / done) * (perSecond / 1e6),
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    errors,
  }
}

export interface Measured {
  readonly target: Target
  readonly full: readonly Round[]
  readonly half: readonly Round[]
  /** Resident after all rounds. */
  readonly afterMiB: number
}

export interface Plan {
  readonly count: number
  readonly rounds: number
  readonly concurrency: number
  /** Milliseconds of the run after which no further round at full load begins: a busy machine gets fewer of them. */
  readonly fullUntilMs: number
  readonly say: (line: string) => void
}

/** A B C D A B C D …: what disturbs the machine for a while disturbs all of them. */
export async function runRounds(load: Load, targets: readonly Target[], plan: Plan): Promise<readonly Measured[]> {
  await sameHandshake(load, targets, plan)
  for (const target of targets) await warmUp(load, target, plan)
  const full = await inTurn(targets, plan, (target) =>
    runRound(load, target, plan.count, { kind: 'full', atOnce: plan.concurrency }),
  )
  plan.say(`${full[0]?.length ?? 0} rounds at full load; now at half load`)
  const half = await inTurn(targets, { ...plan, rounds: Math.ceil(plan.rounds / 2) }, (target, index) => {
    const perSecond = median((full[index] ?? []).map((round) => round.perSecond)) / 2
    // a steady load needs room to fall behind in, or it would wait for the server as a full one does
    return runRound(load, target, Math.ceil(plan.count / 2), {
      kind: 'steady',
      perSecond,
      atOnce: 4 * plan.concurrency,
    })
  })
  return targets.map((target, index) => ({
    target,
    full: full[index] ?? [],
    half: half[index] ?? [],
    afterMiB: residentMiBOf(target.pid),
  }))
}

/** Another curve or cipher on one side would decide the comparison. */
async function sameHandshake(load: Load, targets: readonly Target[], { say }: Plan): Promise<void> {
  const agreed = new Map<string, string>()
  for (const { name, address } of targets) agreed.set(name, await load.handshakeWith(address.port))
  const kinds = new Set(agreed.values())
  if (kinds.size > 1) throw new Error(`The handshakes differ: ${JSON.stringify(Object.fromEntries(agreed))}`)
  say(`every handshake: ${[...kinds].join()}`)
}

/** Landfall's cost falls by a third over about a thousand registrations, while V8 compiles what is hot. */
const mostWarmUp = 1200

/** Not counted. Fails at once where registrations do, rather than measure refusals. */
async function warmUp(load: Load, target: Target, { count, concurrency }: Plan): Promise<void> {
  const { errors } = await runRound(load, target, Math.min(mostWarmUp, count), { kind: 'full', atOnce: concurrency })
  if (errors.length > 0) throw new Error(`${target.name}: registrations went wrong. ${errors[0]}`)
}

async function inTurn(
  targets: readonly Target[],
  { rounds, fullUntilMs }: Plan,
  run: (target: Target, index: number) => Promise<Round>,
): Promise<readonly (readonly Round[])[]> {
  const measured = targets.map((): Round[] => [])
  for (let round = 0; round < rounds && (round === 0 || performance.now() < fullUntilMs); round++)
    for (const [index, target] of targets.entries()) measured[index]?.push(await run(target, index))
  return measured
}
