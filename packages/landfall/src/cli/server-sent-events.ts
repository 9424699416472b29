/** Server-sent events out of an answer that goes on (WHATWG HTML 9.2.6, as far as our own service uses it). */

export interface ServerSentEvent {
  /** A place to come back to. */
  readonly id: string | undefined
  /** Undefined: it carries its id and nothing else. */
  readonly data: string | undefined
}

/** One piece of the service is a mebibyte and some at most: whoever sends more speaks something else. */
const longestEvent = 16 * 1024 * 1024

export async function* serverSentEvents(answer: Response): AsyncGenerator<ServerSentEvent> {
  const reader = new TextDecoder()
  let text = ''
  for await (const bytes of answer.body ?? []) {
    text += reader.decode(bytes as Uint8Array, { stream: true })
    if (text.length > longestEvent) throw new Error('the service sent an event that has no end')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    yield* blocks.map(readEvent)
  }
}

function readEvent(block: string): ServerSentEvent {
  const fields = new Map(block.split('\n').map((line) => [/^[^:]*/.exec(line)?.[0], line.replace(/^[^:]*: ?/, '')]))
  return { id: fields.get('id'), data: fields.get('data') }
}
