/** The links that answers go out on, and the answers that wait for a client to take them. */
import type { AmqpMessage } from './amqp-message.ts'
import type { OutgoingLink } from './amqp-service.ts'

/** Of one node on one connection. */
export class AnswerLinks {
  readonly #waiting = new Map<OutgoingLink, AmqpMessage[]>()

  /** Answers, on all links. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0)
  }

  attach(link: OutgoingLink): void {
    this.#waiting.set(link, [])
    link.gone.addEventListener('abort', () => this.#waiting.delete(link), { once: true })
    link.accept({ room: () => this.#flush(link) })
  }

  /** The one that says so of itself, else the one that came last: contract/iot-hub 16.4. */
  linkFor({ replyTo }: AmqpMessage): OutgoingLink | undefined {
    const all = [...this.#waiting.keys()].reverse()
    return all.find(({ ownAddress }) => replyTo !== undefined && ownAddress === replyTo) ?? all[0]
  }

  /** As soon as the client takes it. */
  send(link: OutgoingLink, answer: AmqpMessage): void {
    this.#waiting.get(link)?.push(answer)
    this.#flush(link)
  }

  #flush(link: OutgoingLink): void {
    const waiting = this.#waiting.get(link) ?? []
    while (link.credit > 0) {
      const message = waiting.shift()
      if (message === undefined) return
      link.send({ message })
    }
  }
}
