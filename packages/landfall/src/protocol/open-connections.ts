/** The connections of one protocol that are open now, and how they end when the service stops. */
import type { Duplex } from 'node:stream'

export class OpenConnections<Connection extends { finish(): void }> {
  readonly #open = new Set<Connection>()
  #closed: PromiseWithResolvers<void> | undefined

  get size(): number {
    return this.#open.size
  }

  /** Until its stream is closed. One that comes while the others end is finished at once. */
  enter(connection: Connection, stream: Duplex): void {
    this.#open.add(connection)
    stream.once('close', () => {
      this.#open.delete(connection)
      if (this.#open.size === 0) this.#closed?.resolve()
    })
    if (this.#closed) connection.finish()
  }

  /** Finishes all; resolves when the last is gone. */
  close(): Promise<void> {
    this.#closed = Promise.withResolvers()
    if (this.#open.size === 0) this.#closed.resolve()
    for (const connection of this.#open) connection.finish()
    return this.#closed.promise
  }
}
