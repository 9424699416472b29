import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { activate, type FakeTpm, type KeyKind, makeFakeKey, makeFakeTpm } from '../../test/tpm/fake-tpm.ts'
import { realRandom as random } from '../system.ts'
import { type BlobOrder, credentialFor, hmacKeyOf, innerWrap, makeBlob, wrapFor } from './blob.ts'
import { kdfa, kdfe } from './kdf.ts'
import { sized } from './marshal.ts'
import { type ParentKey, readParentKey } from './public-area.ts'

const counting = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index))
const seed = counting(32)
const name = Buffer.concat([Buffer.from('000b', 'hex'), Buffer.alloc(32, 0xaa)])
const hex = (bytes: Buffer) => bytes.toString('hex')

function keyOf(text: string): ParentKey {
  const reading = readParentKey(text)
  if ('why' in reading) throw new Error(reading.why)
  return reading.key
}

function orderFor({ endorsementKey, storageRootKey }: FakeTpm, rest: Pick<BlobOrder, 'key' | 'data'>): BlobOrder {
  return { endorsementKey: keyOf(endorsementKey.text), storageRootKey: keyOf(storageRootKey.text), ...rest }
}

// contract/device-api-amqp-tpm 9.5
test('KDFa gives what is known', () => {
  const known = { hash: 'sha256', secret: seed } as const
  expect(hex(kdfa({ ...known, label: 'STORAGE', contextU: name, bits: 128 }))).toBe('0415b32b6f43896a87e7b29be8f2ac14')
  expect(hex(kdfa({ ...known, label: 'INTEGRITY', bits: 256 }))).toBe(
    'bacf689f634ece301e1f1b15b072d9c87db6a69585db42b1a0cb8f73ebe2692e',
  )
})

test('KDFe gives what is known', () => {
  const [contextU, contextV] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  expect(hex(kdfe({ hash: 'sha256', secret: seed, label: 'IDENTITY', contextU, contextV, bits: 256 }))).toBe(
    '46c1a8b985095523623fbee1f5d4b3df184a6991e5706b9bbee430d76b9b5909',
  )
})

const small = makeFakeTpm('p256')

test('a credential is wrapped as is known', () => {
  const credential = credentialFor(keyOf(small.endorsementKey.text), name, seed, counting(16))
  expect(hex(sized(credential))).toBe(
    '00340020b6a8b530f23e4a64b9b2919170065137d6feab4a9b8d33fd80f4e6dc3c2968761e7a2af23c7f4558468b38341fd19e3b684f',
  )
})

test('a key is wrapped as is known', () => {
  const child = hmacKeyOf(Buffer.alloc(32, 0x11), Buffer.alloc(32, 0x22))
  expect(hex(child.area)).toBe(
    '0008000b0004044000000005000b0020adfafc05aac733fe9509f43bd1d158c882890351c7f343634c8ef9ea42cdb505',
  )
  expect(hex(child.name)).toBe('000bf930e69987a3bb3f6ba5738cb8d6edfaf9f7925d96201ceed4d57314028b43cc')
  const inner = Buffer.alloc(16, 0x33)
  expect(hex(innerWrap(child, inner))).toBe(
    '7a31c5ed6c84c177f24dfda3249e09b8b4e0ecad77272777606ee5583852b2ab26827fbba19a290984b90c38d2628e37ba25aa021d9fde0d1f0fc92d5f4f1bb10d173e5c46119774371b9c9fc90c2d899e5bc866777680e5a4e2aae2dbc4382722fd02f93e58676ad337fc49',
  )
  const wrapped = sized(wrapFor(keyOf(small.storageRootKey.text), child, seed, inner))
  expect(wrapped).toHaveLength(144)
  expect(createHash('sha256').update(wrapped).digest('hex')).toBe(
    '0b8f3cfd0ed9172b590d14ac097b79ee6d74ff2b540ace873c1d33f3acafd813',
  )
})

test('the parts of a blob have the sizes that devices expect', () => {
  const blob = makeBlob(orderFor(makeFakeTpm(), { key: Buffer.alloc(32), data: 'data' }), random)
  const sizes: number[] = []
  for (let at = 0; at < blob.length; at += sizes.at(-1) ?? 0) sizes.push(2 + blob.readUInt16BE(at))
  expect(sizes).toEqual([54, 258, 144, 258, 50, 6])
  expect(blob.toString('base64')).toMatch(/^ADQAI/)
})

const kinds: readonly KeyKind[] = ['rsa2048', 'rsa3072', 'p256', 'p384']
for (const kind of kinds) {
  test(`a TPM with keys of ${kind} gets the key`, () => {
    const tpm = makeFakeTpm(kind)
    const key = Buffer.from(random.bytes(32))
    const blob = makeBlob(orderFor(tpm, { key, data: 'hub.example/devices/dev-1' }), random)
    expect(activate(tpm, blob)).toEqual({ key, data: 'hub.example/devices/dev-1' })
  })
}

test('keys of two kinds go together', () => {
  const tpm = { endorsementKey: makeFakeKey('ek'), storageRootKey: makeFakeKey('srk', 'p256') }
  const key = Buffer.alloc(32, 5)
  expect(activate(tpm, makeBlob(orderFor(tpm, { key, data: '' }), random)).key).toEqual(key)
})

test('another TPM does not get the key, nor one with another endorsement or storage root key', () => {
  const blob = makeBlob(orderFor(small, { key: Buffer.alloc(32), data: '' }), random)
  const other = makeFakeTpm('p256')
  expect(() => activate(other, blob)).toThrow()
  expect(() => activate({ ...small, endorsementKey: other.endorsementKey }, blob)).toThrow()
  expect(() => activate({ ...small, storageRootKey: other.storageRootKey }, blob)).toThrow()
})

test('any changed bit of the first five parts is noticed', () => {
  const blob = makeBlob(orderFor(small, { key: Buffer.alloc(32, 7), data: 'data' }), random)
  const end = blob.length - 6
  const change = fc.record({ at: fc.nat(end - 1), bit: fc.nat(7) })
  fc.assert(
    fc.property(change, ({ at, bit }) => {
      const changed = Buffer.from(blob)
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      expect(() => activate(small, changed)).toThrow()
    }),
    { numRuns: 500 },
  )
})

test('any key of 16 to 64 bytes arrives, and no other is sent', () => {
  const sizes = fc.uint8Array({ minLength: 16, maxLength: 64 })
  fc.assert(
    fc.property(sizes, fc.string({ maxLength: 100 }), (key, data) => {
      const delivered = activate(small, makeBlob(orderFor(small, { key, data }), random))
      expect(Buffer.compare(delivered.key, key)).toBe(0)
    }),
    { numRuns: 50 },
  )
  for (const length of [0, 15, 65, 100])
    expect(() => makeBlob(orderFor(small, { key: Buffer.alloc(length), data: '' }), random)).toThrow(`not ${length}`)
})

test('two blobs of one key have nothing in common', () => {
  const order = orderFor(small, { key: Buffer.alloc(32), data: 'data' })
  const [one, other] = [makeBlob(order, random), makeBlob(order, random)]
  expect(one.subarray(0, 54).equals(other.subarray(0, 54))).toBe(false)
  expect(one.subarray(-54).equals(other.subarray(-54))).toBe(false)
})
