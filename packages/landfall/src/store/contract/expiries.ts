/** Certificates of enrollments by the end of their validity. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { ExpiryQuestion, Store } from '../store.ts'
import { certificate, fixedClock, group, individual, referring, type StoredCertificate, signedBy } from './samples.ts'

const ownedBy = (primary: StoredCertificate, secondary?: StoredCertificate) =>
  ({ ...signedBy(primary, secondary), kind: 'clientCertificates' }) as const

const endingAt = (notAfterUtc: string, { enrolled, ...rest }: StoredCertificate): StoredCertificate => ({
  ...rest,
  enrolled: { ...enrolled, info: { ...enrolled.info, notAfterUtc } },
})

const ask = (store: Store, rest: Partial<ExpiryQuestion> = {}) =>
  store.expiringSlots({ kind: 'individual', slot: 'primary', until: '2030-03-01T00:00:00Z', limit: 10, ...rest })

export function testExpiries(open: OpenStore): void {
  describe('certificates that expire', () => {
    test('are told soonest first, page by page, those of one second in the order of their keys', async () => {
      const one = await certificate('Device')
      await using opened = await open({ clock: fixedClock })
      const ends = ['2030-01-05', '2030-02-05', '2030-02-05', '2030-04-01'].map((day) => `${day}T00:00:00Z`)
      const values = ends.map((end, n) => individual(`Pump-${n}`, { attestation: ownedBy(endingAt(end, one)) }))
      await opened.store.commit(values.map((value) => ({ put: 'individual', value, expect: 'absent' })))
      const store = await opened.reopen()
      const first = await ask(store, { limit: 2 })
      expect(first).toEqual([
        { key: 'pump-0', id: 'Pump-0', subjectName: 'CN=Device', notAfterUtc: ends[0] },
        { key: 'pump-1', id: 'Pump-1', subjectName: 'CN=Device', notAfterUtc: ends[1] },
      ])
      expect((await ask(store, { after: first[1] })).map(({ id }) => id)).toEqual(['Pump-2'])
      expect((await ask(store, { after: first[1], until: '2031-01-01T00:00:00Z' })).map(({ id }) => id)).toEqual([
        'Pump-2',
        'Pump-3',
      ])
    })

    test('stand in one slot or the other, and twice only where they are two', async () => {
      const [old, renewed] = [await certificate('Old'), await certificate('New')]
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([
        { put: 'group', value: group('both', { attestation: signedBy(old, renewed) }), expect: 'absent' },
        { put: 'group', value: group('same', { attestation: signedBy(old, old) }), expect: 'absent' },
        { put: 'group', value: group('named', { attestation: referring('root') }), expect: 'absent' },
        { put: 'group', value: group('keys'), expect: 'absent' },
      ])
      const of = async (slot: 'primary' | 'secondary') =>
        (await ask(opened.store, { kind: 'group', slot })).map(({ id, subjectName }) => [id, subjectName])
      expect(await of('primary')).toEqual([
        ['both', 'CN=Old'],
        ['same', 'CN=Old'],
      ])
      expect(await of('secondary')).toEqual([['both', 'CN=New']])
      await opened.store.commit([{ put: 'group', value: group('both'), expect: 'present' }])
      expect(await of('secondary')).toEqual([])
    })
  })
}
