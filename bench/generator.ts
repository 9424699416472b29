/**
 * A process that makes load: started by load.ts, told what to do over its channel, gone when the channel is.
 * Devices are issued before a round, so that in the round it does nothing but converse.
 */
import { type Address, converse, handshakeWith, makeReady, type ReadyDevice } from './exchange.ts'
import { makeDeviceIssuer, type TestCa } from './test-ca.ts'

/** `atOnce` connections are kept open; or they arrive at a rate, whether answered or not. */
export type Pace =
  | { readonly kind: 'full'; readonly atOnce: number }
  | { readonly kind: 'steady'; readonly perSecond: number; readonly atOnce: number }

export type Order =
  | { readonly do: 'begin'; readonly prefix: string; readonly intermediate: TestCa['intermediate'] }
  | { readonly do: 'prepare'; readonly count: number }
  | { readonly do: 'handshake'; readonly port: number }
  | { readonly do: 'run'; readonly address: Address; readonly pace: Pace }

export interface Reply {
  readonly latenciesMs: readonly number[]
  readonly errors: readonly string[]
  readonly seconds: number
  readonly handshake?: string
}

let issue: ReturnType<typeof makeDeviceIssuer> = () => Promise.reject(new Error('not begun'))
let devices: ReadyDevice[] = []
const nothing: Reply = { latenciesMs: [], errors: [], seconds: 0 }

process.on('message', (order: Order) => {
  obey(order).then(
    (reply) => process.send?.(reply),
    (error: Error) => process.send?.({ ...nothing, errors: [error.message] }),
  )
})
process.on('disconnect', () => process.exit(0))
// the parent hears Ctrl-C too, and closes the channel
process.on('SIGINT', () => {})

async function obey(order: Order): Promise<Reply> {
  switch (order.do) {
    case 'begin':
      issue = makeDeviceIssuer(order.intermediate, order.prefix)
      return nothing
    case 'prepare':
      devices = []
      for (let made = 0; made < order.count; made++) devices.push(makeReady(await issue()))
      return nothing
    case 'handshake':
      return { ...nothing, handshake: await handshakeWith(makeReady(await issue()), order.port) }
    case 'run':
      return run(order.address, order.pace)
  }
}

async function run(address: Address, pace: Pace): Promise<Reply> {
  const latenciesMs: number[] = []
  const errors: string[] = []
  const began = performance.now()
  const one = async (device: ReadyDevice, due: number) => {
    try {
      await converse(device, address)
      latenciesMs.push(performance.now() - due)
    } catch (error) {
      errors.push((error as Error).message)
    }
  }
  await (pace.kind === 'full' ? runFull(pace.atOnce, one) : runSteadily(pace, began, one))
  return { latenciesMs, errors: errors.slice(0, 20), seconds: (performance.now() - began) / 1000 }
}

type One = (device: ReadyDevice, due: number) => Promise<void>

async function runFull(atOnce: number, one: One): Promise<void> {
  const lane = async () => {
    for (let device = devices.pop(); device; device = devices.pop()) await one(device, performance.now())
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** Latency counts from when a device was due, so that a stall is felt by all who would have come meanwhile. */
async function runSteadily({ perSecond, atOnce }: Pace & { kind: 'steady' }, began: number, one: One): Promise<void> {
  const waiting = devices.splice(0)
  const dueOf = (index: number) => began + (index * 1000) / perSecond
  let next = 0
  const lane = async () => {
    for (let mine = next++; mine < waiting.length; mine = next++) {
      const device = waiting[mine]
      const due = dueOf(mine)
      const early = due - performance.now()
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      if (device) await one(device, due)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
