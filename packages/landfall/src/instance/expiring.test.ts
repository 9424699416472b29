import { expect, test } from 'vitest'
import { ca, certificate, group, individual, signedBy, start } from '../store/contract/samples.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { realTimers as timers } from '../system.ts'
import { type ExpiringQuestion, expiringCertificates } from './expiring.ts'

const clock = { now: () => start, machine: () => start + 500 * 86_400_000 }
const own = { name: 'TLS server', subject: 'CN=localhost', notAfter: start + 505 * 86_400_000 }
const [root, other] = [await certificate('Plant 7'), await certificate('Plant 8')]

const ending = (day: string, of = root) => ({
  ...of,
  enrolled: { ...of.enrolled, info: { ...of.enrolled.info, notAfterUtc: `${day}T00:00:00Z` } },
})

async function stocked() {
  const store = await openSqlite({ path: ':memory:', clock, timers })
  const attestation = (day: string) => ({ ...signedBy(ending(day)), kind: 'clientCertificates' }) as const
  await store.commit([
    { put: 'caCertificate', value: ca('late', ending('2031-01-01')), expect: 'absent' },
    { put: 'caCertificate', value: ca('soon', ending('2030-01-11')), expect: 'absent' },
    { put: 'caCertificate', value: ca('over', ending('2029-12-31')), expect: 'absent' },
    {
      put: 'group',
      value: group('line', { attestation: signedBy(ending('2030-01-03'), ending('2030-01-02', other)) }),
      expect: 'absent',
    },
    ...['a', 'b', 'c'].map((id) => {
      const value = individual(id, { attestation: attestation('2030-01-05') })
      return { put: 'individual', value, expect: 'absent' } as const
    }),
  ])
  const ask = (question: ExpiringQuestion) =>
    expiringCertificates(question, { store, clock, ownCertificates: () => [own] })
  return { ask, [Symbol.asyncDispose]: () => store.close() }
}

test('the server’s own certificate comes first, judged by the clock of its clients, then CAs, then enrollments', async () => {
  await using world = await stocked()
  const { items, next } = await world.ask({ days: 30, limit: 100 })
  expect(items.map(({ kind, name, slot, daysLeft, expired }) => [kind, name, slot, daysLeft, expired])).toEqual([
    ['server', 'TLS server', undefined, 5, false],
    ['caCertificate', 'over', undefined, -1, true],
    ['caCertificate', 'soon', undefined, 10, false],
    ['group', 'line', 'primary', 2, false],
    ['group', 'line', 'secondary', 1, false],
    ['individual', 'a', 'primary', 4, false],
    ['individual', 'b', 'primary', 4, false],
    ['individual', 'c', 'primary', 4, false],
  ])
  expect(next).toBeUndefined()
})

test.each([1, 2, 3, 4, 5])('pages of %d tell each certificate once', async (limit) => {
  await using world = await stocked()
  const names: string[] = []
  let after: ExpiringQuestion['after']
  do {
    const page = await world.ask({ days: 30, limit, after })
    names.push(...page.items.map(({ kind, name, slot }) => `${kind} ${name} ${slot}`))
    after = page.next
  } while (after)
  expect(names).toHaveLength(8)
  expect(new Set(names).size).toBe(8)
})
