import { expect, test } from 'vitest'
import { type AmqpError, type AmqpLink, AmqpRefusal } from '../../protocol/amqp-service.ts'
import type { Tokens } from './tokens.ts'
import { watchRights } from './watch-rights.ts'

/** Time that passes when the test says so. */
function steps() {
  const waiting: (() => void)[] = []
  const sleep = () => new Promise<void>((resolve) => waiting.push(resolve))
  const pass = async () => {
    for (const wake of waiting.splice(0)) wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { timers: { sleep }, pass }
}

function aLink() {
  const gone = new AbortController()
  const closed: AmqpError[] = []
  const close = (error: AmqpError) => {
    closed.push(error)
    gone.abort('closed')
  }
  return { closed, gone, link: { gone: gone.signal, close } as unknown as AmqpLink }
}

const need = { right: 'ServiceConnect', path: '/messages/devicebound' } as const

test('a link goes once its right does, and not before', async () => {
  const { timers, pass } = steps()
  let isAllowed = true
  const require = async () => {
    if (!isAllowed) throw new AmqpRefusal('amqp:unauthorized-access', 'the token has expired')
  }
  const { link, closed } = aLink()
  watchRights(timers, { require } as unknown as Tokens, new AbortController().signal).watch(link, need)
  await pass()
  expect(closed).toEqual([])
  isAllowed = false
  await pass()
  await pass()
  expect(closed).toEqual([{ condition: 'amqp:unauthorized-access', description: 'the token has expired' }])
})

test('a store that cannot be read cuts nobody off', async () => {
  const { timers, pass } = steps()
  const require = async () => {
    throw new Error('the disk')
  }
  const { link, closed } = aLink()
  watchRights(timers, { require } as unknown as Tokens, new AbortController().signal).watch(link, need)
  await pass()
  expect(closed).toEqual([])
})
