/** Drives a process of the device SDK: calls one after the other, and what it hears whenever it comes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from '../world.ts'
import type { HubDeviceCall, HubDeviceOrder } from './hub-device-client.ts'
import { environmentOf } from './run.ts'

export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly result?: any
  readonly error?: { readonly name: string; readonly message: string }
}

export interface SdkDevice extends AsyncDisposable {
  readonly child: ChildProcess
  call(...call: HubDeviceCall): Promise<Outcome>
  /** The next of what it hears that is called so. */
  // biome-ignore lint/suspicious/noExplicitAny: news of every shape
  hears(what: string): Promise<any>
}

export function startDevice(world: World, order: HubDeviceOrder): SdkDevice {
  const script = join(import.meta.dirname, 'hub-device-client.ts')
  const child = spawn(process.execPath, ['--no-deprecation', script, JSON.stringify(order)], {
    env: environmentOf(world),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: Record<string, unknown>[] = []
  const waiting: (() => void)[] = []
  let hasEnded = false
  const wake = () => {
    for (const one of waiting.splice(0)) one()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line))
    wake()
  })
  child.once('exit', () => {
    hasEnded = true
    wake()
  })

  async function next(member: 'done' | 'heard', value: string): Promise<Record<string, unknown>> {
    for (;;) {
      const index = lines.findIndex((line) => line[member] === value)
      const [found] = index < 0 ? [] : lines.splice(index, 1)
      if (found) return found
      if (hasEnded) throw new Error(`the device ended before ${member} ${value}`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }

  return {
    child,
    call(...call) {
      child.stdin.write(`${JSON.stringify(call)}\n`)
      return next('done', call[0])
    },
    hears: (what) => next('heard', what),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => (hasEnded ? resolve(0) : child.once('exit', resolve)))
      child.kill('SIGKILL')
      await ended
    },
  }
}
