/** What became of cloud-to-device messages, for the back ends of a hub: one queue that all of them share (contract/iot-hub 13.3). */
import type { HubName } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, type Instant, machineNow } from '../../system.ts'
import type { FeedbackQueue } from './back-end.ts'

export interface FeedbackRoom extends FeedbackQueue {
  /** There is news. */
  arrived(hub: HubName): void
  /** Locks that ended. */
  tidy(): void
}

export function makeFeedbackRoom({ store, clock }: { readonly store: Store; readonly clock: Clock }): FeedbackRoom {
  /** Number → when its lock ends. Numbers are unique among all hubs. */
  const locks = new Map<number, { readonly hub: HubName; readonly until: Instant }>()
  const waiting = new Map<HubName, Set<() => void>>()
  const now = () => machineNow(clock)
  const isLocked = (number: number) => (locks.get(number)?.until ?? 0) > now()

  function arrived(hub: HubName): void {
    const told = waiting.get(hub)
    waiting.delete(hub)
    for (const wake of told ?? []) wake()
  }

  async function freeOf(hub: HubName, limit: number) {
    const found = await store.feedback(hub, locks.size + limit)
    return found.filter(({ number }) => !isLocked(number)).slice(0, limit)
  }

  return {
    arrived,

    tidy() {
      const hubs = new Set<HubName>()
      for (const [number, { hub, until }] of locks) {
        if (until > now()) continue
        locks.delete(number)
        hubs.add(hub)
      }
      hubs.forEach(arrived)
    },

    async receive(hub, limit, lockMs) {
      const free = await freeOf(hub, limit)
      for (const { number } of free) locks.set(number, { hub, until: now() + lockMs })
      return free
    },

    async complete(_hub, numbers) {
      await store.commit([{ settle: 'feedback', numbers }])
      for (const number of numbers) locks.delete(number)
    },

    release(hub, numbers) {
      for (const number of numbers) locks.delete(number)
      arrived(hub)
    },

    async more(hub, signal) {
      if (signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const others = waiting.get(hub) ?? new Set()
      waiting.set(hub, others.add(resolve))
      const onAbort = () => resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      if ((await freeOf(hub, 1)).length > 0) resolve()
      await promise
      signal.removeEventListener('abort', onAbort)
      others.delete(resolve)
      if (others.size === 0 && waiting.get(hub) === others) waiting.delete(hub)
    },
  }
}
