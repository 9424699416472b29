import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KeyKind, makeFakeKey, nameOf } from '../../test/tpm/fake-tpm.ts'
import { sized } from './marshal.ts'
import { areaOf, readParentKey } from './public-area.ts'

const rsa = makeFakeKey('ek')
const ecc = makeFakeKey('ek', 'p256')
const text = (area: Buffer) => sized(area).toString('base64')

/** The area with other bytes at a place. */
function changed(area: Buffer, at: number, bytes: string): string {
  const copy = Buffer.from(area)
  copy.set(Buffer.from(bytes, 'hex'), at)
  return text(copy)
}

const kinds: readonly [KeyKind, object][] = [
  ['rsa2048', { nameHash: 'sha256', aesBits: 128 }],
  ['rsa3072', { nameHash: 'sha384', aesBits: 256 }],
  ['p256', { nameHash: 'sha256', aesBits: 128, point: { curve: 'prime256v1' } }],
  ['p384', { nameHash: 'sha384', aesBits: 256, point: { curve: 'secp384r1' } }],
]
for (const [kind, expected] of kinds) {
  for (const use of ['ek', 'srk'] as const) {
    test(`reads a ${use} of ${kind}`, () => {
      const { text, area } = makeFakeKey(use, kind)
      expect(readParentKey(text)).toMatchObject({ key: { ...expected, bytes: area, name: nameOf(area) } })
    })
  }
}

test('an RSA key begins as every endorsement key of 2048 bits does', () => {
  expect(rsa.text).toMatch(/^AToAAQALAAMAsgAg/)
})

test('with and without the size before it, an area is the same', () => {
  const bare = rsa.area.toString('base64')
  expect(areaOf(bare)).toEqual(areaOf(rsa.text))
  expect(readParentKey(bare)).toMatchObject({ key: { bytes: rsa.area } })
  expect(readParentKey(` ${rsa.text}\n`)).toMatchObject({ key: { bytes: rsa.area } })
})

// where the parts stand: type 0, name 2, attributes 4, policy 8, symmetric 42, scheme 48, then what the type has
const bad: readonly [what: string, text: string, why: string][] = [
  ['no base64', 'not base64!', 'it is not base64'],
  ['nothing', '', 'it is not base64'],
  ['a word', 'EKEK', 'not the public area'],
  ['more than there can be', 'AAAA'.repeat(2049), 'it is not base64'],
  ['a certificate', Buffer.from('3082030a30820209', 'hex').toString('base64'), 'not the public area'],
  ['an HMAC key', changed(rsa.area, 0, '0008'), 'not the public area'],
  ['a name algorithm of SHA-1', changed(rsa.area, 2, '0004'), 'SHA-256'],
  ['a key that does not decrypt', changed(rsa.area, 4, '000100b2'), 'not a key for decrypting'],
  ['a key that is not restricted', changed(rsa.area, 4, '000200b2'), 'not restricted'],
  ['a key that signs', changed(rsa.area, 4, '000700b2'), 'it signs'],
  ['a policy that is longer than the area', changed(rsa.area, 8, 'ffff'), '65535 bytes'],
  ['no symmetric algorithm', changed(rsa.area, 42, '0010'), 'not AES'],
  ['another AES key', changed(rsa.area, 44, '0081'), '129 bits'],
  ['another AES mode', changed(rsa.area, 46, '0042'), 'not CFB'],
  ['a scheme', changed(rsa.area, 48, '0015'), 'scheme'],
  ['RSA 1024', changed(rsa.area, 50, '0400'), 'RSA of 1024 bits'],
  ['RSA 65520', changed(rsa.area, 50, 'fff0'), 'RSA of 65520 bits'],
  ['the exponent 3', changed(rsa.area, 52, '00000003'), 'exponent is 3'],
  ['a small modulus', changed(rsa.area, 58, '00'), 'modulus'],
  ['an even modulus', changed(rsa.area, rsa.area.length - 1, '00'), 'modulus'],
  ['another curve', changed(ecc.area, 50, '0010'), 'curve'],
  ['a key derivation scheme', changed(ecc.area, 52, '0020'), 'derivation'],
  ['a point beside its curve', changed(ecc.area, 60, '0000000000'), 'no point of its curve'],
  ['more after its end', text(Buffer.concat([rsa.area, Buffer.from('xy')])), '2 bytes follow'],
  ['too little', text(rsa.area.subarray(0, 100)), 'ends before'],
]
for (const [what, given, why] of bad) {
  test(`${what} is no key that others can be wrapped for, and it says why`, () => {
    expect(readParentKey(given)).toEqual({ why: expect.stringContaining(why) })
  })
}

test('whatever is sent is read or told why not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect('why' in readParentKey(Buffer.from(bytes).toString('base64'))).toBe(true)
    }),
  )
  const cut = fc.record({ at: fc.nat(rsa.area.length - 1), byte: fc.nat(255), length: fc.nat(rsa.area.length) })
  fc.assert(
    fc.property(cut, ({ at, byte, length }) => {
      const copy = Buffer.from(rsa.area)
      copy[at] = byte
      expect(() => readParentKey(copy.subarray(0, length).toString('base64'))).not.toThrow()
    }),
  )
})
