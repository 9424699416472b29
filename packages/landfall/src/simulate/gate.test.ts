import { expect, test } from 'vitest'
import { makeGate } from './gate.ts'

test('so many are at work at once and no more, in their order, failures or not', async () => {
  const gate = makeGate(2)
  const begun: number[] = []
  let within = 0
  let most = 0
  const work = (number: number) => async () => {
    begun.push(number)
    most = Math.max(most, ++within)
    await new Promise((resolve) => setImmediate(resolve))
    within -= 1
    if (number % 3 === 0) throw new Error('failed')
  }
  const all = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((number) => gate.through(work(number))))
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(2)
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(2)
  await gate.through(work(8))
  expect(begun).toHaveLength(8)
})
