import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveDeviceKey, readKey } from './key.ts'
import { isExpired, makeToken, readToken, signedByOneOf } from './token.ts'

const groupKey = '8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw=='
const smallKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='

describe('device keys are derived as the vectors of contract/semantics 6.4 say', () => {
  test.each([
    [groupKey, 'sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6', 'Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc='],
    [groupKey, 'SN-007-888-ABC-mac-a1-b2-c3-d4-e5-f6', '8zxF2dgnBg1JmwPCfxqvhAwDIVCn9SBKDt0TVzd6+ww='],
    [smallKey, 'device-001', 'BG0x/0mIbqnG9RWsosby2GxBOeYgRhXI9gnRqn2lxFI='],
    [smallKey, 'Device-001', 'OOivoQoBqsBkrX6a6gkNQ5ajlmrJl0OPpU7vAwifN8Y='],
    [smallKey, 'a:b.c_d-e', 'pYcTSsWAJrbJJXrhFG5q90cbPJ4kxcfbTAqM0o6CPyk='],
  ])('%s, %s', (key, id, derived) => {
    expect(deriveDeviceKey(key, id)).toBe(derived)
  })
})

describe('three spellings of one resource all verify, because what was sent is what is signed', () => {
  const key = 'Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc='
  const id = 'sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6'
  test.each([
    [`0ne00000A0A%2Fregistrations%2F${id}`, 'G7MjtBiGDoPFvcraAETYRy8NoPgYc7P10zGeiy/1j4s='],
    [`0ne00000A0A/registrations/${id}`, 'qpIsrloi8Jvjr6VNlLd1Nyl5psB5KmjNgq/DdK0dP4Y='],
    [`0ne00000A0A%2fregistrations%2f${id}`, 'Ftn5QKUtT2hR5dOiEsitm1UvvDZqKKXLu/dyVyNhXoA='],
  ])('%s', (sr, sig) => {
    const reading = readToken(
      `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=1893456000&skn=registration`,
    )
    if (!('token' in reading)) throw new Error(reading.malformed)
    expect(reading.token.resource).toBe(`0ne00000A0A/registrations/${id}`)
    expect(signedByOneOf(reading.token, [key])).toBe(true)
    expect(signedByOneOf(reading.token, [smallKey])).toBe(false)
  })
})

test.each([
  ['sharedaccesssignature sig=YQ%3d%3d&se=1&skn=p&sr=a', 'scheme in lower case, fields in any order, lower-case hex'],
  ['SharedAccessSignature sr=a&sig=YQ==&se=1', 'padding left raw, no policy'],
  ['SharedAccessSignature sr=a&sig=a+/b&se=1&x=y', 'a raw plus stays a plus; unknown fields are passed over'],
])('reads %s: %s', (text) => {
  expect(readToken(text)).toHaveProperty('token')
})

test.each([
  ['', 'it does not begin with "SharedAccessSignature "'],
  ['Bearer x', 'it does not begin with "SharedAccessSignature "'],
  ['SharedAccessSignature sig=YQ&se=1', 'sr is missing'],
  ['SharedAccessSignature sr=a&se=1', 'sig is missing'],
  ['SharedAccessSignature sr=a&sig=YQ', 'se is missing'],
  ['SharedAccessSignature sr=a&sr=b&sig=YQ&se=1', 'it has sr twice'],
  ['SharedAccessSignature sr=a&sig=%%%&se=1', 'sig is not base64'],
  ['SharedAccessSignature sr=%ff&sig=YQ&se=1', 'sr is not percent-encoded text'],
  ['SharedAccessSignature sr=a&sig=YQ&se=soon', 'se is not a number of seconds'],
  [`SharedAccessSignature sr=${'a'.repeat(5000)}&sig=YQ&se=1`, 'it is longer than 4096 characters'],
])('says what is wrong with %s', (text, why) => {
  expect(readToken(text)).toEqual({ malformed: why })
})

test('tolerates five minutes past the expiry, not six', () => {
  const reading = readToken('SharedAccessSignature sr=a&sig=YQ==&se=1000')
  if (!('token' in reading)) throw new Error(reading.malformed)
  expect(isExpired(reading.token, 1_000_000 + 300_000)).toBe(false)
  expect(isExpired(reading.token, 1_000_000 + 360_000)).toBe(true)
})

test('a token that was made reads back and verifies, whatever the resource', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme-ascii' }), (resource) => {
      const reading = readToken(makeToken({ resource, key: smallKey, expiry: 2e12, policyName: 'p' }))
      return 'token' in reading && reading.token.resource === resource && signedByOneOf(reading.token, [smallKey])
    }),
  )
})

test('never throws, whatever a stranger sends', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.boolean(), (text, prefixed) => {
      readToken(prefixed ? `SharedAccessSignature ${text}` : text)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  [15, false],
  [16, true],
  [64, true],
  [65, false],
])('a key of %i bytes is legal: %s', (count, legal) => {
  expect(readKey(Buffer.alloc(count, 7).toString('base64')) !== undefined).toBe(legal)
})

test('readers of Event Hubs sign with the text of the key, and only theirs is taken so', () => {
  const key = 'c2VjcmV0c2VjcmV0c2VjcmV0'
  const asText = Buffer.from(key).toString('base64')
  const signed = (resource: string) => {
    const reading = readToken(makeToken({ resource, key: asText, expiry: 1_900_000_000_000 }))
    return 'token' in reading && signedByOneOf(reading.token, [key])
  }
  expect(signed('sb://hub1.example/hub1')).toBe(true)
  expect(signed('hub1.example')).toBe(false)
})
