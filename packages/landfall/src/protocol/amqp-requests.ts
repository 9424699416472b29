/** A node that answers requests: messages go in on one link and answers come out of another ($cbs, $management). */
import type { AmqpMessage, MessageId } from './amqp-message.ts'
import { type AmqpLink, AmqpRefusal, type OutgoingLink } from './amqp-service.ts'

export type AmqpAnswer = Pick<AmqpMessage, 'applicationProperties' | 'contentType' | 'body'>

export interface RequestNode {
  attach(link: AmqpLink): void
}

/** Asked, not answered yet because the client takes no answers; no client asks so far ahead. */
const mostWaiting = 32

type IdOf = (request: AmqpMessage) => MessageId | undefined

/** Of one connection; `answersTo` is the correlation id of an answer. */
export function makeRequestNode(
  answer: (request: AmqpMessage) => Promise<AmqpAnswer>,
  answersTo: IdOf = ({ messageId }) => messageId,
): RequestNode {
  const receivers = new Map<OutgoingLink, AmqpMessage[]>()
  const flush = (receiver: OutgoingLink) => {
    const waiting = receivers.get(receiver) ?? []
    while (receiver.credit > 0) {
      const message = waiting.shift()
      if (message === undefined) return
      receiver.send({ message })
    }
  }
  /** The one that says so of itself, else the one that came last: contract/iot-hub 16.4. */
  const receiverFor = ({ replyTo }: AmqpMessage) => {
    const all = [...receivers.keys()].reverse()
    return all.find(({ ownAddress }) => replyTo !== undefined && ownAddress === replyTo) ?? all[0]
  }
  const take = async (request: AmqpMessage) => {
    const told = await answer(request)
    const receiver = receiverFor(request)
    if (receiver === undefined)
      throw new AmqpRefusal('amqp:precondition-failed', 'Attach a link for the answers first.')
    const waiting = receivers.get(receiver) ?? []
    if (waiting.length >= mostWaiting)
      throw new AmqpRefusal(
        'amqp:resource-limit-exceeded',
        `${mostWaiting} answers wait: give the link credit for them.`,
      )
    waiting.push({ annotations: {}, ...told, correlationId: answersTo(request) })
    flush(receiver)
  }
  return {
    attach(link) {
      if (link.direction === 'incoming') {
        const takeAll = async (requests: readonly AmqpMessage[]) => void (await Promise.all(requests.map(take)))
        return link.accept({ credit: 32, take: takeAll })
      }
      receivers.set(link, [])
      link.gone.addEventListener('abort', () => receivers.delete(link), { once: true })
      link.accept({ room: () => flush(link) })
    },
  }
}
