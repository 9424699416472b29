/** What devices send, kept for back ends within a bound. */
import { describe, expect, test } from 'vitest'
import type { TelemetryEvent } from '../../hub/telemetry/event.ts'
import type { OpenStore } from '../contract.ts'
import type { Change, Store } from '../store.ts'
import { deviceId, hubName, localhost, start } from './samples.ts'

const far = hubName('far.example')

const event = (text: string, rest: Partial<TelemetryEvent> = {}): TelemetryEvent => ({
  deviceId: deviceId('pump'),
  generationId: '1',
  authMethod: '{"scope":"device","type":"sas","issuer":"iothub"}',
  body: Buffer.from(text),
  properties: { unit: 'bar', none: null },
  system: { messageId: text },
  ...rest,
})

interface Sent {
  readonly hub?: typeof localhost
  readonly partition?: number
  readonly at?: number
}

const sent = (texts: readonly string[], { hub = localhost, partition = 0, at = start }: Sent = {}): Change => ({
  append: 'telemetry',
  hub,
  partition,
  at,
  events: texts.map((text) => event(text)),
})

const all = { hub: localhost, partition: 0, after: -1, limit: 1000, bytes: 1 << 20 }
const textsOf = async (store: Store, question: Partial<typeof all> = {}) =>
  (await store.telemetry({ ...all, ...question })).map(({ body }) => Buffer.from(body).toString())

export function testTelemetry(open: OpenStore): void {
  const clock = { at: start, now: () => clock.at }

  describe('telemetry', () => {
    test('is read as it was sent, numbered from 0 in each partition', async () => {
      await using opened = await open({ clock })
      const { store } = opened
      const strange = event('', { body: Buffer.from([0, 10, 255]), moduleId: 'm', system: {}, properties: { ä: '\n' } })
      await store.commit([
        sent(['a', 'b']),
        { ...sent([]), events: [strange] } as Change,
        sent(['c'], { partition: 1 }),
      ])
      const [a, b, c] = await store.telemetry(all)
      expect([a?.sequence, b?.sequence, c?.sequence]).toEqual([0, 1, 2])
      expect(a).toMatchObject({ ...event('a'), body: expect.anything(), enqueuedAt: start, offset: 0 })
      expect(b?.offset).toBeGreaterThan(0)
      expect(c).toMatchObject({ moduleId: 'm', properties: { ä: '\n' } })
      expect([...(c?.body ?? [])]).toEqual([0, 10, 255])
      expect(await textsOf(store, { partition: 1 })).toEqual(['c'])
      expect(await textsOf(store, { hub: far })).toEqual([])
    })

    test('goes on with its numbers after a restart, also where all is forgotten', async () => {
      await using opened = await open({ clock, bound: { telemetryAgeMs: 1000 } })
      await opened.store.commit([sent(['a', 'b'])])
      clock.at = start + 5000
      const store = await opened.reopen()
      expect(await store.telemetrySpan(localhost, 0)).toMatchObject({ first: 2, last: 1, isEmpty: true })
      await store.commit([sent(['c'], { at: clock.at })])
      expect(await store.telemetry(all)).toMatchObject([{ sequence: 2 }])
      expect(await store.telemetrySpan(localhost, 0)).toMatchObject({ first: 2, last: 2, isEmpty: false })
      clock.at = start
    })

    test('is read from a number on, as much as is asked for', async () => {
      await using opened = await open({ clock })
      const { store } = opened
      await store.commit([sent(['a', 'b', 'c', 'd'])])
      expect(await textsOf(store, { after: 1 })).toEqual(['c', 'd'])
      expect(await textsOf(store, { after: 0, limit: 2 })).toEqual(['b', 'c'])
      expect(await textsOf(store, { bytes: 1 })).toEqual(['a'])
      expect(await textsOf(store, { after: 3 })).toEqual([])
    })

    test('is found by time and by offset', async () => {
      await using opened = await open({ clock })
      const { store } = opened
      for (const [index, text] of ['a', 'b', 'c', 'd'].entries())
        await store.commit([sent([text], { at: start + index * 10 })])
      const place = (at: number) => store.telemetryPlace(localhost, 0, { enqueuedAt: at })
      expect(await place(start - 1)).toBe(-1)
      expect(await place(start)).toBe(0)
      expect(await place(start + 25)).toBe(2)
      expect(await place(start + 1000)).toBe(3)
      const [, b] = await store.telemetry(all)
      expect(await store.telemetryPlace(localhost, 0, { offset: b?.offset ?? -1 })).toBe(1)
      expect(await store.telemetryPlace(localhost, 0, { offset: (b?.offset ?? 0) - 1 })).toBe(0)
      expect(await store.telemetryPlace(localhost, 0, { offset: -1 })).toBe(-1)
      expect(await store.telemetryPlace(far, 0, { offset: 7 })).toBe(-1)
    })

    test('has no time before that of the event ahead, though the clock was set back', async () => {
      await using opened = await open({ clock })
      const { store } = opened
      await store.commit([sent(['a'], { at: start + 10 }), sent(['b'], { at: start })])
      expect((await store.telemetry(all)).map(({ enqueuedAt }) => enqueuedAt)).toEqual([start + 10, start + 10])
    })

    test('loses the oldest of the largest partition when it takes too much', async () => {
      await using opened = await open({ clock, bound: { telemetryBytes: 4000 } })
      const { store } = opened
      await store.commit([sent(['kept'], { partition: 1 })])
      for (let count = 0; count < 50; count++) await store.commit([sent([`number ${count}`])])
      const texts = await textsOf(store)
      expect(texts.length).toBeGreaterThan(5)
      expect(texts.length).toBeLessThan(25)
      expect(texts.at(-1)).toBe('number 49')
      expect((await store.telemetrySpan(localhost, 0)).first).toBe(50 - texts.length)
      expect(await store.telemetryPlace(localhost, 0, { offset: -1 })).toBe(49 - texts.length)
      expect(await textsOf(store, { partition: 1 })).toEqual(['kept'])
    })

    test('goes with its hub', async () => {
      await using opened = await open({ clock })
      const { store } = opened
      await store.commit([sent(['a']), sent(['b'], { hub: far })])
      await store.commit([{ delete: 'hub', hub: localhost }])
      expect(await textsOf(store)).toEqual([])
      expect(await textsOf(store, { hub: far })).toEqual(['b'])
    })
  })
}
