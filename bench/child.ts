/** Processes of the bench: started, waited for, and ended whatever happens. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** What it has said on standard error, its last few thousand characters. */
  readonly said: () => string
  readonly ended: () => boolean
}

/** Where Debian keeps servers, which is not on the path of everybody. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`

/** Given to a process to end in peace before it is killed. */
const patienceMs = 5000

export function startChild(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: path, ...environment },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000)
  })
  child.on('error', (error) => {
    said += error.message
  })
  return {
    pid: child.pid ?? 0,
    said: () => said.trim(),
    ended: () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null,
    [Symbol.asyncDispose]: () => endChild(child),
  }
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await ended
  clearTimeout(late)
}

/** Asks until the answer is yes; fails when the process ends first, with what it said. */
export async function untilReady(child: Child, name: string, ready: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await ready())) {
    if (child.ended()) throw new Error(`${name} ended instead of starting: ${child.said()}`)
    if (performance.now() > deadline) throw new Error(`${name} was not ready after 20 s. It said: ${child.said()}`)
    await sleep(2)
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Free a moment ago; peers cannot be asked to choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('The system gave no port.')
  return address.port
}

export function makeTemporaryDir(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'landfall-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The first line of what a program says of its version; a sentence on how to install it where it is missing. */
export function versionOf(program: string, args: readonly string[], install: string): string {
  // nginx answers on standard error, mosquitto with exit code 3
  const { error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  if (error) throw new Error(`${program} is missing, and the bench compares with it. Install it: ${install}`)
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? ''
}
