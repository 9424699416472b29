/** One question to a process that was forked, and its answer; the process may end instead. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export async function askChild<Reply>(child: ChildProcess, order: object): Promise<Reply> {
  const gone = new AbortController()
  const left = once(child, 'exit', { signal: gone.signal }).then(() => {
    throw new Error('A load generator ended before its time.')
  })
  const answered = once(child, 'message', { signal: gone.signal })
  child.send(order)
  try {
    const [reply] = (await Promise.race([answered, left])) as [Reply]
    return reply
  } finally {
    left.catch(() => {})
    answered.catch(() => {})
    gone.abort()
  }
}
