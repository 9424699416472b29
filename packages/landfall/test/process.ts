/** The service as a process of its own, as its users run it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ConnectionFile } from '../src/connection-file.ts'

export const main = join(import.meta.dirname, '../bin/landfall.js')

export interface ServiceProcess {
  readonly connection: ConnectionFile
  readonly child: ChildProcess
  /** Resident memory, KiB. */
  residentKib(): number
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Resolves when the service says how to reach it; throws what it printed where it ends before. */
export async function serve(dir: string, ...flags: readonly string[]): Promise<ServiceProcess> {
  const path = join(dir, 'connection.json')
  rmSync(path, { force: true })
  const ports = ['--https-port', '0', '--mqtt-port', '0', '--amqp-port', '0', '--management-port', '0']
  const args = [main, 'serve', '--data', dir, ...ports, '--log-level', 'error', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}: ${said}`)
    await wait(20)
  }
  return {
    connection: JSON.parse(readFileSync(path, 'utf8')),
    child,
    residentKib: () => residentKibOf(child.pid),
    end(signal) {
      if (child.exitCode !== null) return Promise.resolve(child.exitCode)
      const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
      child.kill(signal)
      return gone
    },
  }
}

/** From /proc where there is one; elsewhere `ps` knows. */
function residentKibOf(pid: number | undefined): number {
  const status = `/proc/${pid}/status`
  if (existsSync(status)) return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1])
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
}
