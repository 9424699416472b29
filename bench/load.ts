/** The load: one or more generator processes that act as one. */
import { type ChildProcess, fork } from 'node:child_process'
import { askChild } from './ask-child.ts'
import { endChild } from './child.ts'
import type { Address } from './exchange.ts'
import type { Order, Pace, Reply } from './generator.ts'
import type { TestCa } from './test-ca.ts'

export interface Outcome {
  readonly latenciesMs: readonly number[]
  readonly errors: readonly string[]
  readonly perSecond: number
}

export interface Load extends AsyncDisposable {
  /** Issues so many new devices; the next run uses them up. */
  prepare(count: number): Promise<void>
  run(address: Address, pace: Pace): Promise<Outcome>
  /** What is agreed with the server there, in words. */
  handshakeWith(port: number): Promise<string>
}

export async function openLoad(generators: number, ca: TestCa): Promise<Load> {
  const children = Array.from({ length: generators }, () => fork(new URL('./generator.ts', import.meta.url)))
  const tellAll = (orderFor: (index: number) => Order) =>
    Promise.all(children.map((child, index) => tell(child, orderFor(index))))
  await tellAll((index) => ({ do: 'begin', prefix: `bench-${index}`, intermediate: ca.intermediate }))
  const share = (whole: number) => Math.ceil(whole / generators)
  const paceOfOne = (pace: Pace): Pace =>
    pace.kind === 'full'
      ? { ...pace, atOnce: share(pace.atOnce) }
      : { ...pace, atOnce: share(pace.atOnce), perSecond: pace.perSecond / generators }
  return {
    prepare: async (count) => {
      await tellAll(() => ({ do: 'prepare', count: share(count) }))
    },
    run: async (address, pace) => outcomeOf(await tellAll(() => ({ do: 'run', address, pace: paceOfOne(pace) }))),
    handshakeWith: async (port) => {
      const [reply] = await tellAll(() => ({ do: 'handshake', port }))
      return reply?.handshake ?? ''
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(children.map(endChild))
    },
  }
}

async function tell(child: ChildProcess, order: Order): Promise<Reply> {
  const reply = await askChild<Reply>(child, order)
  if (order.do !== 'run' && reply.errors.length > 0) throw new Error(`A load generator failed: ${reply.errors[0]}`)
  return reply
}

function outcomeOf(replies: readonly Reply[]): Outcome {
  const latenciesMs = replies.flatMap((reply) => reply.latenciesMs)
  const seconds = Math.max(...replies.map((reply) => reply.seconds))
  return { latenciesMs, errors: replies.flatMap((reply) => reply.errors), perSecond: latenciesMs.length / seconds }
}
