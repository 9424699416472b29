/** Devices that are connected and say nothing: what each costs in memory, whether all come in, and whether they stay. */
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../figures.ts'
import { cpuMicrosOf, residentMiBOf } from '../process-tree.ts'
import type { Fleet, Wanted } from './fleet.ts'

export interface Host {
  readonly name: string
  readonly pid: number
  readonly heapBytes?: () => Promise<number>
}

export interface ConnectedPlan {
  readonly atOnce: number
  readonly holdSeconds: number
  readonly subscribe?: readonly string[]
}

export interface Connected {
  readonly name: string
  readonly wanted: number
  /** When the last had its CONNACK, and after the time they were held. */
  readonly open: number
  readonly stayed: number
  readonly perSecond: number
  /** Of the server, for one connection. */
  readonly cpuMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Resident, as the system sees it, for each connection; and for each of the second half, with all else grown already. */
  readonly kibEach: number
  readonly kibEachLater: number
  /** Alive in V8's heap after a collection. NaN: it has none. */
  readonly heapKibEach: number
  readonly errors: readonly string[]
}

export async function measureConnected(
  host: Host,
  fleet: Fleet,
  devices: readonly Wanted[],
  plan: ConnectedPlan,
): Promise<Connected> {
  const how = { atOnce: plan.atOnce, patienceMs: 60_000, ...(plan.subscribe && { subscribe: plan.subscribe }) }
  // what the first connections bring with them is not theirs: code, buffers, a young generation that grows
  await fleet.connect(devices.slice(0, 100), how)
  await fleet.tell({ do: 'leave' })
  await sleep(1000)
  const before = await look(host)
  const half = Math.ceil(devices.length / 2)
  const first = await fleet.connect(devices.slice(0, half), how)
  const middle = await look(host)
  const second = await fleet.connect(devices.slice(half), how)
  await sleep(1000)
  const after = await look(host)
  await sleep(plan.holdSeconds * 1000)
  const held = await fleet.tell({ do: 'count' })
  const latenciesMs = [...first.latenciesMs, ...second.latenciesMs]
  return {
    name: host.name,
    wanted: devices.length,
    open: second.open,
    stayed: held.open,
    perSecond: latenciesMs.length / (first.seconds + second.seconds),
    cpuMicros: (after.cpuMicros - before.cpuMicros) / latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    kibEach: (after.residentKib - before.residentKib) / second.open,
    kibEachLater: (after.residentKib - middle.residentKib) / (second.open - first.open),
    heapKibEach: (after.heapKib - before.heapKib) / second.open,
    errors: [...first.errors, ...second.errors],
  }
}

/** Memory first: a collection would give some of it back. */
async function look({ pid, heapBytes }: Host) {
  const residentKib = residentMiBOf(pid) * 1024
  const cpuMicros = cpuMicrosOf(pid)
  const heapKib = heapBytes ? (await heapBytes()) / 1024 : Number.NaN
  return { residentKib, cpuMicros, heapKib }
}
