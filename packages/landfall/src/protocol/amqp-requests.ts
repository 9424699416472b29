/** A node that answers requests: messages go in on one link and answers come out of another ($cbs, $management). */
import type { AmqpMessage, MessageId } from './amqp-message.ts'
import { type AmqpLink, AmqpRefusal, type OutgoingLink } from './amqp-service.ts'

export type AmqpAnswer = Pick<AmqpMessage, 'applicationProperties' | 'contentType' | 'body'>

export interface RequestNode {
  attach(link: AmqpLink): void
}

/** Asked, not answered yet because the client takes no answers, on all its links; no client asks so far ahead. */
const mostWaiting = 32
/** It waits with the answer; a uuid has 36. */
const longestId = 1024

type IdOf = (request: AmqpMessage) => MessageId | undefined

/** Of one connection; `answersTo` is the correlation id of an answer. */
export function makeRequestNode(
  answer: (request: AmqpMessage) => Promise<AmqpAnswer>,
  answersTo: IdOf = ({ messageId }) => messageId,
): RequestNode {
  const receivers = new Map<OutgoingLink, AmqpMessage[]>()
  let asked = 0
  const flush = (receiver: OutgoingLink) => {
    const waiting = receivers.get(receiver) ?? []
    while (receiver.credit > 0) {
      const message = waiting.shift()
      if (message === undefined) return
      receiver.send({ message })
    }
  }
  const waitingNow = () => [...receivers.values()].reduce((sum, { length }) => sum + length, 0)
  /** The one that says so of itself, else the one that came last: contract/iot-hub 16.4. */
  const receiverFor = ({ replyTo }: AmqpMessage) => {
    const all = [...receivers.keys()].reverse()
    return all.find(({ ownAddress }) => replyTo !== undefined && ownAddress === replyTo) ?? all[0]
  }
  /** Before it is done: what is refused has not happened. */
  const refuseTooMany = (request: AmqpMessage) => {
    const hasCredit = (receiverFor(request)?.credit ?? 0) > 0
    if (hasCredit || waitingNow() + asked < mostWaiting) return
    throw new AmqpRefusal('amqp:resource-limit-exceeded', `${mostWaiting} answers wait: give the link credit for them.`)
  }
  const answered = async (request: AmqpMessage) => {
    refuseTooMany(request)
    asked++
    try {
      return await answer(request)
    } finally {
      asked--
    }
  }
  const take = async (request: AmqpMessage) => {
    const correlationId = keptId(answersTo(request))
    const told = await answered(request)
    const receiver = receiverFor(request)
    if (receiver === undefined)
      throw new AmqpRefusal('amqp:precondition-failed', 'Attach a link for the answers first.')
    receivers.get(receiver)?.push({ annotations: {}, ...told, correlationId })
    flush(receiver)
  }
  return {
    attach(link) {
      if (link.direction === 'incoming') {
        // a batch may hold a thousand of them
        const takeAll = async (requests: readonly AmqpMessage[]) => {
          for (const request of requests) await take(request)
        }
        return link.accept({ credit: 32, take: takeAll })
      }
      receivers.set(link, [])
      link.gone.addEventListener('abort', () => receivers.delete(link), { once: true })
      link.accept({ room: () => flush(link) })
    },
  }
}

/** For as long as the answer waits: a uuid lies in the bytes of its whole message. Throws where it is too long. */
export function keptId(id: MessageId | undefined): MessageId | undefined {
  if (typeof id === 'string' && id.length > longestId)
    throw new AmqpRefusal('amqp:invalid-field', `The id of a request has ${longestId} characters at most.`)
  return Buffer.isBuffer(id) ? Buffer.from(id) : id
}
