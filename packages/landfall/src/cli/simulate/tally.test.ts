import { expect, test } from 'vitest'
import { makeTally } from './tally.ts'

test('a look tells of the time since the last one, the sum of all', () => {
  const tally = makeTally(2)
  const [first, second] = [tally.diaryOf(0), tally.diaryOf(1)]
  first.registered(3)
  first.up()
  for (let ms = 1; ms <= 100; ms++) first.sent(ms)
  expect(tally.look(10_000)).toEqual({
    devices: 2,
    registered: 1,
    everUp: 1,
    up: 1,
    sent: 100,
    perSecond: 10,
    p50Ms: 50,
    p99Ms: 99,
    reconnects: 0,
    methods: 0,
    twins: 0,
    errors: {},
  })
  second.failed('refused')
  first.down()
  first.up()
  first.called()
  first.twin()
  expect(tally.look(11_000)).toMatchObject({ up: 1, perSecond: 0, reconnects: 1, methods: 1, twins: 1 })
  expect(tally.look(12_000)).not.toHaveProperty('p50Ms')
  expect(tally.sum()).toMatchObject({ sent: 100, everUp: 1, errors: { refused: 1 } })
})

test('however many messages and reasons there are, it keeps a bounded number', () => {
  const tally = makeTally(1)
  const diary = tally.diaryOf(0)
  for (let count = 0; count < 10_000; count++) {
    diary.sent(count)
    diary.failed(`reason ${count}`)
  }
  const { errors, p50Ms } = tally.look(1000)
  expect(Object.keys(errors)).toHaveLength(101)
  expect(errors['other reasons']).toBe(9900)
  expect(p50Ms).toBeGreaterThan(5904)
})
