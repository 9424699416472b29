/** Where the microseconds of a registration go: servers that each do one thing more than the one before. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { endChild } from './child.ts'
import type { Talk } from './exchange.ts'
import { median } from './figures.ts'
import type { Pace } from './generator.ts'
import type { Load } from './load.ts'
import { type Plan, runRound, type Server } from './measure.ts'
import type { TestCa } from './test-ca.ts'

export const stageNames = ['handshake', 'certificate', 'http', 'chain', 'check', 'commit'] as const
export type StageName = (typeof stageNames)[number]

export const stages: Readonly<Record<StageName, { readonly does: string; readonly talk: Talk }>> = {
  handshake: { does: 'TLS handshake, the server’s certificate only', talk: 'handshake' },
  certificate: { does: '+ client certificate and intermediate received, its signature checked', talk: 'handshake' },
  http: { does: '+ HTTP request read, body parsed, JSON answered (node:https)', talk: 'https' },
  chain: { does: '+ certificates taken from the connection and parsed', talk: 'https' },
  check: { does: '+ two signatures of the chain checked', talk: 'https' },
  commit: { does: '+ device, registration and audit on disk before the answer', talk: 'https' },
}

export interface StageServer extends AsyncDisposable {
  readonly pid: number
  readonly port: number
}

export interface StageOrder {
  readonly stage: StageName
  readonly files: TestCa['files']
  readonly database: string
}

export async function startStage(order: StageOrder): Promise<StageServer> {
  const child: ChildProcess = fork(new URL('./stage-server.ts', import.meta.url))
  try {
    child.send(order)
    const port = await Promise.race([
      once(child, 'message').then(([message]) => Number(message)),
      once(child, 'exit').then(() => Promise.reject(new Error(`The server of stage "${order.stage}" did not start.`))),
    ])
    return { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: () => endChild(child) }
  } catch (error) {
    await endChild(child)
    throw error
  }
}

export interface StageCost {
  readonly does: string
  readonly cpuMicros: number
}

/** All stages side by side, each in its own process, in turn as the targets are. */
export async function measureStages(bench: {
  readonly dir: string
  readonly ca: TestCa
  readonly load: Load
  readonly plan: Plan
}): Promise<readonly StageCost[]> {
  const { dir, ca, load, plan } = bench
  plan.say('stages of a registration')
  await using closing = new AsyncDisposableStack()
  const servers: { does: string; server: Server; cpuMicros: number[] }[] = []
  for (const stage of stageNames) {
    const database = join(dir, 'stages.sqlite')
    const { pid, port } = closing.use(await startStage({ stage, files: ca.files, database }))
    const { does, talk } = stages[stage]
    servers.push({ does, server: { pid, address: { port, talk, idScope: 'bench' } }, cpuMicros: [] })
  }
  const full: Pace = { kind: 'full', atOnce: plan.concurrency }
  for (const { server } of servers) await runRound(load, server, Math.min(500, plan.count), full)
  const untilMs = performance.now() + plan.fullUntilMs / 2
  for (let round = 0; round < plan.rounds && (round === 0 || performance.now() < untilMs); round++)
    for (const { server, cpuMicros } of servers)
      cpuMicros.push((await runRound(load, server, Math.ceil(plan.count / 2), full)).cpuMicros)
  return servers.map(({ does, cpuMicros }) => ({ does, cpuMicros: median(cpuMicros) }))
}
