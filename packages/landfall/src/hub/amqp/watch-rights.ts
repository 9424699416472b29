/** Links outlive what let them in: tokens end, keys are changed, policies go (contract/iot-hub 2.5). */
import { type AmqpLink, AmqpRefusal } from '../../protocol/amqp-service.ts'
import type { Timers } from '../../system.ts'
import type { Need, Tokens } from './tokens.ts'

/** Tokens are good for five minutes after their end, so half a minute more is nothing. */
const lookMs = 30_000

export function watchRights(timers: Timers, tokens: Tokens, gone: AbortSignal) {
  const links = new Map<AmqpLink, Need>()
  let isWatching = false

  async function look(link: AmqpLink, need: Need): Promise<void> {
    try {
      await tokens.require(need)
    } catch (error) {
      // where the store cannot be read, whoever was in stays in
      if (error instanceof AmqpRefusal) link.close({ condition: error.condition, description: error.message })
    }
  }

  async function watchAll(): Promise<void> {
    for (;;) {
      await timers.sleep(lookMs, gone)
      if (gone.aborted) return
      for (const [link, need] of links) await look(link, need)
    }
  }

  return {
    watch(link: AmqpLink, need: Need): void {
      if (link.gone.aborted) return
      links.set(link, need)
      link.gone.addEventListener('abort', () => links.delete(link), { once: true })
      if (isWatching) return
      isWatching = true
      void watchAll()
    },
  }
}
