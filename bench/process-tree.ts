/** What a process and its children have used, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, the same on every Linux that Node runs on: proc(5). */
const microsPerTick = 10_000

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly cpuTicks: number
}

/** User and system time so far of the process and of its living children, microseconds. */
export function cpuMicrosOf(pid: number): number {
  return treeOf(pid).reduce((sum, stat) => sum + stat.cpuTicks * microsPerTick, 0)
}

/** Resident memory now, children included, MiB. Pages that they share are counted for each. */
export function residentMiBOf(pid: number): number {
  return treeOf(pid).reduce((sum, stat) => sum + residentKiB(stat.pid) / 1024, 0)
}

function treeOf(root: number): readonly Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
  const within = new Set([root])
  // a child may be listed before its parent
  for (let before = 0; before !== within.size; ) {
    before = within.size
    for (const stat of all) if (within.has(stat.parent)) within.add(stat.pid)
  }
  return all.filter((stat) => within.has(stat.pid))
}

function readStat(pid: number): Stat | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === undefined) return
  // the name of the program stands in parentheses and may hold blanks: proc_pid_stat(5)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { pid, parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) }
}

function residentKiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '')
  return Number(line?.[1] ?? 0)
}

// a process may end between being listed and being read
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return
  }
}
