/** Waiting for a link to take more. */
import type { OutgoingLink } from '../../protocol/amqp-service.ts'

export class Room {
  #opened: (() => void) | undefined
  #isBound = false

  /** For `accept`. */
  readonly room = () => this.#opened?.()

  /** Resolves once the link has credit, or is gone. */
  async of(link: OutgoingLink): Promise<void> {
    if (!this.#isBound) link.gone.addEventListener('abort', this.room, { once: true })
    this.#isBound = true
    while (link.credit === 0 && !link.gone.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#opened = resolve
      await promise
    }
  }
}
