import { expect, test } from 'vitest'
import { ca, certificate, fixedClock as clock } from '../store/contract/samples.ts'
import { tellOfExpiry } from './tell-of-expiry.ts'

test('a line a day names what has expired and what soon will, and no line where nothing does', async () => {
  const [old, soon] = [await certificate('Old'), await certificate('Soon')]
  const ending = (name: string, one: typeof old, notAfterUtc: string) =>
    ca(name, { ...one, enrolled: { ...one.enrolled, info: { ...one.enrolled.info, notAfterUtc } } })
  const cas = [ending('old', old, '2029-12-01T00:00:00Z'), ending('soon', soon, '2030-01-20T00:00:00Z')]
  const days: (readonly (typeof cas)[number][])[] = [cas, [], cas]
  const lines: object[] = []
  const stop = new AbortController()
  const store = { caCertificates: async () => days.shift() ?? [], expiringSlots: async () => [] }
  const timers = {
    async sleep(ms: number) {
      expect(ms).toBe(86_400_000)
      if (days.length === 0) stop.abort()
    },
  }
  const log = { warn: (facts: object) => void lines.push(facts) }
  await tellOfExpiry({ store, clock, timers, log, ownCertificates: () => [] }, stop.signal)
  const line = {
    expired: ['caCertificate old 2029-12-01T00:00:00Z'],
    soon: ['caCertificate soon 2030-01-20T00:00:00Z'],
    more: false,
  }
  expect(lines).toEqual([line, line])
})
