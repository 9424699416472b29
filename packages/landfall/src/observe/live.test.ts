import { expect, test } from 'vitest'
import type { Attempt } from '../registration/attempt.ts'
import { attempt as attemptLike, start } from '../store/contract/samples.ts'
import { adjustable, realRandom as random } from '../system.ts'
import { makeLive } from './live.ts'

const minute = 60_000
const day = 24 * 60 * minute

function startLive() {
  const clock = adjustable({ now: () => start })
  const live = makeLive({ clock, random })
  let number = 0
  const attempt = (rest: Partial<Attempt> = {}) =>
    live.attempt(attemptLike(`t-${number++}`, { at: clock.now(), outcome: 'assigned', ...rest }))
  return { clock, live, attempt }
}

const refused = (reason: Attempt['reason'], message = 'No.') => ({ outcome: 'refused', reason, message }) as const

test('counts the attempts of each of the last sixty minutes by outcome', () => {
  const { clock, live, attempt } = startLive()
  attempt()
  attempt({ outcome: 'failed' })
  attempt({ outcome: 'challenged' })
  clock.set(start + 59 * minute)
  attempt()
  attempt(refused('expired'))
  const rows = live.perMinute()
  expect(rows).toHaveLength(60)
  const none = { assigned: 0, assigning: 0, failed: 0, disabled: 0, refused: 0, refusedByHub: 0 }
  expect(rows[0]).toEqual({ ...none, at: '2030-01-01T00:00:00.000Z', assigned: 1, failed: 1 })
  expect(rows[58]).toEqual({ ...none, at: '2030-01-01T00:58:00.000Z' })
  expect(rows[59]).toEqual({ ...none, at: '2030-01-01T00:59:00.000Z', assigned: 1, refused: 1 })
  expect(live.thisMinute()).toEqual(rows[59])
  clock.set(start + 60 * minute)
  expect(live.perMinute()[0]).toMatchObject({ at: '2030-01-01T00:01:00.000Z', assigned: 0 })
})

test('a minute counts from nothing although the clock was set to another year and back', () => {
  const { clock, live, attempt } = startLive()
  attempt()
  clock.set(start + 365 * day)
  attempt()
  expect(live.perMinute().reduce((sum, { assigned }) => sum + assigned, 0)).toBe(1)
  clock.set(start)
  attempt()
  expect(live.thisMinute()).toMatchObject({ at: '2030-01-01T00:00:00.000Z', assigned: 1 })
})

test('tells why devices did not get in during the last day, most first, with the newest sentence', () => {
  const { clock, live, attempt } = startLive()
  attempt(refused('expired', 'The first.'))
  clock.set(start + 2 * minute)
  attempt(refused('bad_id'))
  attempt(refused('expired', 'The second.'))
  attempt({ outcome: 'failed', reason: 'no_hub', message: 'There is no hub.' } as Partial<Attempt>)
  expect(live.refusals()).toMatchObject([
    { reason: 'expired', count: 2, lastAt: '2030-01-01T00:02:00.000Z', message: 'The second.' },
    { count: 1 },
    { count: 1 },
  ])
  clock.set(start + 2 * day)
  expect(live.refusals()).toEqual([])
})

test('what a hub refused is counted apart, each time; those who watch are told of what is news', () => {
  const { clock, live, attempt } = startLive()
  attempt(refused('expired'))
  const { place } = live.feed
  const byHub = (isNews: boolean) =>
    live.refusedByHub(
      attemptLike('h', { at: clock.now(), outcome: 'refused', hubCode: 'DeviceDisabled', message: 'It is disabled.' }),
      isNews,
    )
  byHub(true)
  byHub(false)
  expect(live.hubRefusals()).toEqual([
    { reason: 'DeviceDisabled', count: 2, lastAt: '2030-01-01T00:00:00.000Z', message: 'It is disabled.' },
  ])
  expect(live.refusals()).toMatchObject([{ reason: 'expired', count: 1 }])
  expect(live.thisMinute()).toMatchObject({ refused: 1, refusedByHub: 2 })
  expect(live.feed.since(place).attempts).toHaveLength(1)
})

test('one who watches gets the newest fifty, and the number of those missed', () => {
  const { live, attempt } = startLive()
  const { place } = live.feed
  for (let count = 0; count < 1234; count++) attempt()
  const news = live.feed.since(place)
  expect(news.skipped).toBe(1184)
  expect(news.attempts.map((text) => JSON.parse(text).trackingId)).toEqual(
    Array.from({ length: 50 }, (_, index) => `t-${1184 + index}`),
  )
  expect(live.feed.since(news.place)).toEqual({ place: news.place, attempts: [], skipped: 0, kinds: [] })
})

test('what is shown of an attempt is the attempt without its trail', () => {
  const { live, attempt } = startLive()
  const { place } = live.feed
  attempt({ hub: 'hub.example' })
  expect(live.feed.since(place).attempts.map((text) => JSON.parse(text))).toEqual([
    {
      trackingId: 't-0',
      at: '2030-01-01T00:00:00.000Z',
      registrationId: 'pump',
      transport: 'https',
      outcome: 'assigned',
      hub: 'hub.example',
      durationMs: 2,
    },
  ])
})

test('a kind that was changed many times is told once to each who watches', () => {
  const { live } = startLive()
  const { place } = live.feed
  for (let count = 0; count < 1000; count++) live.changed(['registration', 'device'])
  live.changed(['group'])
  const news = live.feed.since(place)
  expect(news.kinds).toEqual(['registration', 'device', 'group'])
  live.changed(['device'])
  expect(live.feed.since(news.place).kinds).toEqual(['device'])
})

test('so many may watch and no more, until one leaves; closing ends them all', () => {
  const { live } = startLive()
  const ended: number[] = []
  const leaves = Array.from({ length: live.mostWatchers }, (_, index) => live.join(() => ended.push(index)))
  expect(leaves).not.toContain(undefined)
  expect(live.join(() => {})).toBeUndefined()
  leaves[0]?.()
  expect(live.join(() => ended.push(-1))).toBeDefined()
  void live.close()
  expect(ended).toHaveLength(live.mostWatchers)
  expect(ended).not.toContain(0)
  expect(live.join(() => {})).toBeUndefined()
})
