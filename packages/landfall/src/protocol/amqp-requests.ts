/** A node that answers requests: messages go in on one link and answers come out of another ($cbs, $management). */
import { AnswerLinks } from './amqp-answers.ts'
import type { AmqpMessage, MessageId } from './amqp-message.ts'
import { type AmqpLink, AmqpRefusal } from './amqp-service.ts'

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
  const links = new AnswerLinks()
  let asked = 0
  /** Before it is done: what is refused has not happened. */
  const refuseTooMany = (request: AmqpMessage) => {
    const hasCredit = (links.linkFor(request)?.credit ?? 0) > 0
    if (hasCredit || links.waiting + asked < mostWaiting) return
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
    const link = links.linkFor(request)
    if (link === undefined) throw new AmqpRefusal('amqp:precondition-failed', 'Attach a link for the answers first.')
    links.send(link, { annotations: {}, ...told, correlationId })
  }
  // a batch may hold a thousand of them
  const takeAll = async (requests: readonly AmqpMessage[]) => {
    for (const request of requests) await take(request)
  }
  return {
    attach(link) {
      if (link.direction === 'incoming') link.accept({ credit: 32, take: takeAll })
      else links.attach(link)
    },
  }
}

/** For as long as the answer waits: a uuid lies in the bytes of its whole message. Throws where it is too long. */
export function keptId(id: MessageId | undefined): MessageId | undefined {
  if (typeof id === 'string' && id.length > longestId)
    throw new AmqpRefusal('amqp:invalid-field', `The id of a request has ${longestId} characters at most.`)
  return Buffer.isBuffer(id) ? Buffer.from(id) : id
}
