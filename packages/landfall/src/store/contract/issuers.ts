/** Certificates above a device's: by thumbprint, by name, of groups and of uploaded CAs. */
import { describe, expect, test } from 'vitest'
import type { OpenStore } from '../contract.ts'
import type { Store } from '../store.ts'
import {
  ca,
  caKey,
  certificate,
  etag,
  fixedClock,
  group,
  groupKey,
  referring,
  type StoredCertificate,
  signedBy,
} from './samples.ts'

const byThumbprint = (store: Store, { thumbprint }: StoredCertificate) =>
  store.issuerCertificates({ thumbprints: [thumbprint], subjectHashes: [] })
const byName = (store: Store, { subjectHash }: StoredCertificate) =>
  store.issuerCertificates({ thumbprints: [], subjectHashes: [subjectHash] })

export function testIssuers(open: OpenStore): void {
  describe('issuer certificates', () => {
    test('of groups and CAs are one when they are the same, with all who name it', async () => {
      const [root, other] = [await certificate('Plant root'), await certificate('Other root')]
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([
        { put: 'caCertificate', value: ca('Root', root, { isVerified: true }), expect: 'absent' },
        { put: 'caCertificate', value: ca('Again', root), expect: 'absent' },
        { put: 'group', value: group('direct', { attestation: signedBy(other, root) }), expect: 'absent' },
        { put: 'group', value: group('By-Reference', { attestation: referring('none', 'ROOT') }), expect: 'absent' },
      ])
      const store = await opened.reopen()
      const whole = {
        der: root.der,
        sha256Thumbprint: root.thumbprint,
        groups: ['by-reference', 'direct'],
        cas: [
          { key: 'again', isVerified: false },
          { key: 'root', isVerified: true },
        ],
      }
      expect(await byThumbprint(store, root)).toEqual([whole])
      expect(await byName(store, root)).toEqual([whole])
      const ofOther = { der: other.der, sha256Thumbprint: other.thumbprint, groups: ['direct'], cas: [] }
      expect(await byName(store, other)).toEqual([ofOther])
      const both = await store.issuerCertificates({
        thumbprints: [root.thumbprint, other.thumbprint, 'F'.repeat(64)],
        subjectHashes: [root.subjectHash],
      })
      expect(both).toHaveLength(2)
      expect(await store.groupsReferencing(caKey('root'))).toEqual(['by-reference'])
      expect((await store.caCertificates()).map((each) => each.key)).toEqual(['again', 'root'])
    })

    test('of one name and different keys are all found', async () => {
      const [old, renewed] = [await certificate('Plant root'), await certificate('Plant root')]
      await using opened = await open({ clock: fixedClock })
      await opened.store.commit([
        { put: 'group', value: group('plant', { attestation: signedBy(old) }), expect: 'absent' },
        { put: 'caCertificate', value: ca('renewed', renewed), expect: 'absent' },
      ])
      const found = await byName(opened.store, old)
      expect(found.map((each) => each.sha256Thumbprint).sort()).toEqual([old.thumbprint, renewed.thumbprint].sort())
      expect(await byThumbprint(opened.store, renewed)).toHaveLength(1)
    })

    test('are forgotten when their group changes or goes', async () => {
      const [old, renewed] = [await certificate('Old root'), await certificate('New root')]
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([{ put: 'group', value: group('plant', { attestation: signedBy(old) }), expect: 'absent' }])
      const changed = group('plant', { attestation: signedBy(renewed), etag: etag('2') })
      await store.commit([{ put: 'group', value: changed, expect: { etag: etag('1') } }])
      expect(await byThumbprint(store, old)).toEqual([])
      expect(await byName(store, renewed)).toHaveLength(1)
      await store.commit([{ delete: 'group', key: groupKey('plant'), expect: 'any' }])
      expect(await byName(store, renewed)).toEqual([])
    })

    test('tell of a proof of possession, and are forgotten with their CA', async () => {
      const root = await certificate('Plant root')
      await using opened = await open({ clock: fixedClock })
      const { store } = opened
      await store.commit([{ put: 'caCertificate', value: ca('root', root), expect: 'absent' }])
      await store.commit([{ put: 'caCertificate', value: ca('root', root, { isVerified: true }), expect: 'present' }])
      expect((await byName(store, root))[0]?.cas).toEqual([{ key: 'root', isVerified: true }])
      await store.commit([{ put: 'group', value: group('plant', { attestation: referring('root') }), expect: 'any' }])
      await store.commit([{ put: 'group', value: group('plant'), expect: 'any' }])
      expect(await store.groupsReferencing(caKey('root'))).toEqual([])
      await store.commit([{ delete: 'caCertificate', key: caKey('root'), expect: 'present' }])
      expect(await byName(store, root)).toEqual([])
    })
  })
}
