import { Readable, Writable } from 'node:stream'
import { setImmediate as others } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeLive } from '../observe/live.ts'
import { attempt, start } from '../store/contract/samples.ts'
import { realRandom as random } from '../system.ts'
import { eventStream } from './event-stream.ts'

/** Every sleep moves the clock, and something may happen meanwhile. */
function watch(meanwhile: (turn: number) => void, { lastEventId, holdsUntil = Number.POSITIVE_INFINITY }: Watch = {}) {
  let at = start
  const clock = { now: () => at }
  const live = makeLive({ clock, random })
  const ended = new AbortController()
  let turn = 0
  const timers = {
    async sleep(ms: number) {
      await others()
      at += ms
      meanwhile(turn++)
    },
  }
  const admitted = async () => clock.now() < start + holdsUntil
  const stream = eventStream({ live, clock, timers }, { lastEventId, admitted, ended: ended.signal })
  return { live, clock, ended, stream }
}

interface Watch {
  readonly lastEventId?: string
  readonly holdsUntil?: number
}

const readEvents = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('id: '))
    .map((event) => {
      const [, id = '', name = '', data = ''] = /^id: (.+)\nevent: (.+)\ndata: (.+)$/.exec(event) ?? []
      return { id, name, data: JSON.parse(data) }
    })

async function next(stream: AsyncGenerator<string>) {
  const { value } = await stream.next()
  return String(value)
}

test('what happened since the last piece comes together, with an id to come back by', async () => {
  const { live, stream } = watch((turn) => {
    if (turn !== 1) return
    for (const id of ['a', 'b']) live.attempt(attempt(id, { outcome: 'assigned' }))
    live.changed(['registration'])
  })
  expect(await next(stream)).toMatch(/^retry: \d+\n\n$/)
  expect(readEvents(await next(stream))).toMatchObject([{ name: 'minute', data: { assigned: 0 } }])
  const events = readEvents(await next(stream))
  expect(events).toMatchObject([
    { name: 'attempts', data: { attempts: [{ trackingId: 'a' }, { trackingId: 'b' }], skipped: 0 } },
    { name: 'changed', data: { kinds: ['registration'] } },
    { name: 'minute', data: { at: '2030-01-01T00:00:00.000Z', assigned: 2 } },
  ])
  expect(new Set(events.map(({ id }) => id))).toEqual(new Set([`${live.run}.2.1`]))
})

test('one who comes back gets what it missed; one of another run is told that everything may have changed', async () => {
  const { live, stream } = watch(() => {})
  const again = (lastEventId: string) => {
    const parts = { live, clock: { now: () => start }, timers: { sleep: async () => {} } }
    const { signal } = new AbortController()
    return eventStream(parts, { lastEventId, admitted: async () => true, ended: signal })
  }
  await stream.return(undefined)
  live.attempt(attempt('missed'))
  live.changed(['group'])
  const same = again(`${live.run}.0.0`)
  await next(same)
  expect(readEvents(await next(same))).toMatchObject([
    { name: 'attempts', data: { attempts: [{ trackingId: 'missed' }] } },
    { name: 'changed', data: { kinds: ['group'] } },
    { name: 'minute' },
  ])
  for (const strange of ['0123456789ab.7.7', 'nonsense', '', `${live.run}.x.1`, `${live.run}.1`]) {
    const other = again(strange)
    await next(other)
    const [first] = readEvents(await next(other))
    expect(first).toMatchObject({ name: 'changed', data: { kinds: expect.arrayContaining(['group', 'settings']) } })
  }
})

test('silence is broken by a heartbeat every fifteen seconds', async () => {
  const { clock, stream } = watch(() => {})
  await next(stream)
  await next(stream)
  const silentSince = clock.now()
  expect(await next(stream)).toBe(':\n\n')
  expect(clock.now() - silentSince).toBe(15_000)
})

test('ends when the credential that opened it holds no more: at the next piece, within a minute where none comes', async () => {
  const busy = watch(() => busy.live.attempt(attempt('another')), { holdsUntil: 90_000 })
  for await (const _ of busy.stream);
  expect(busy.clock.now() - start).toBeLessThanOrEqual(90_000 + 250)
  const silent = watch(() => {}, { holdsUntil: 90_000 })
  for await (const _ of silent.stream);
  expect(silent.clock.now() - start).toBeLessThanOrEqual(90_000 + 60_000)
})

test('ends when its reader left, though nothing happens', async () => {
  const { ended, stream } = watch((turn) => {
    if (turn === 1) ended.abort()
  })
  const pieces: string[] = []
  for await (const piece of stream) pieces.push(piece)
  expect(pieces).toHaveLength(3)
})

test('a reader that is slow costs nothing but the attempts it missed', async () => {
  const { live, stream } = watch(() => {})
  await next(stream)
  await next(stream)
  for (let count = 0; count < 100_000; count++) live.attempt(attempt(`t-${count}`))
  const piece = await next(stream)
  expect(piece.length).toBeLessThan(100_000)
  expect(readEvents(piece)[0]).toMatchObject({ name: 'attempts', data: { skipped: 99_950 } })
})

test('while a connection takes nothing, nothing is made for it; then it gets the newest and a number', async () => {
  const { live, stream } = watch(() => {})
  const { promise: mayTake, resolve: take } = Promise.withResolvers<void>()
  let made = 0
  async function* counted() {
    for await (const piece of stream) {
      made++
      yield piece
    }
  }
  const taken: string[] = []
  const connection = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, next) {
      taken.push(String(chunk))
      void mayTake.then(() => next())
    },
  })
  Readable.from(counted()).pipe(connection)
  while (made === 0) await others()
  for (let count = 0; count < 20_000; count++) {
    live.attempt(attempt(`t-${count}`))
    if (count % 100 === 0) await others()
  }
  const waiting = made
  expect(waiting).toBeLessThan(6)
  take()
  while (!taken.join('').includes('t-19999')) await others()
  connection.destroy()
  const events = taken.flatMap(readEvents).filter(({ name }) => name === 'attempts')
  const seen = events.reduce((sum, { data }) => sum + data.attempts.length + data.skipped, 0)
  expect(seen).toBe(20_000)
  expect(events.length).toBeLessThan(10)
})
