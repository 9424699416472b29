import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asRefusal, ProvisioningError } from '../fault.ts'
import { mostNesting } from '../json.ts'
import { readJsonBody } from './http-body.ts'

const bytes = (text: string) => Buffer.from(text)
const reasonOf = (read: () => unknown) => {
  try {
    read()
  } catch (error) {
    return asRefusal(error).reason
  }
}

test.each(['', ' \r\n'])('%j is no body, whatever it is announced as', (text) => {
  expect(readJsonBody(bytes(text), 'application/json')).toBeUndefined()
})

test.each([undefined, 'application/json', 'application/json; charset=utf-8', 'text/json', 'application/vnd.x+json'])(
  'a body announced as %s is JSON',
  (type) => {
    expect(readJsonBody(bytes('\ufeff{"a":[1]}'), type)).toEqual({ a: [1] })
  },
)

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])('%s is another type', (type) => {
  expect(reasonOf(() => readJsonBody(bytes('{}'), type))).toBe('media_type')
})

test('takes what nests as deep as the limit, and nothing deeper; brackets in strings do not count', () => {
  const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth))
  expect(readJsonBody(nested(mostNesting), undefined)).toBeDefined()
  expect(reasonOf(() => readJsonBody(nested(mostNesting + 1), undefined))).toBe('body_malformed')
  const brackets = JSON.stringify(`\\"${'['.repeat(1000)}`)
  expect(readJsonBody(bytes(brackets), undefined)).toContain('[[[')
})

test('says where JSON ends, and quotes nothing of the body', () => {
  const sentenceOf = (text: string) => {
    try {
      readJsonBody(bytes(text), undefined)
    } catch (error) {
      return asRefusal(error).message
    }
  }
  expect(sentenceOf('{"primaryKey":"c2VjcmV0" oops}')).toBe(
    'The request body cannot be read: it is not JSON, from character 26 on. Send JSON in UTF-8.',
  )
  expect(sentenceOf('c2VjcmV0')).toBe('The request body cannot be read: it is not JSON. Send JSON in UTF-8.')
})

test('hostile text of a megabyte is refused at once', () => {
  expect(reasonOf(() => readJsonBody(bytes(`"${'\\"'.repeat(500_000)}`), undefined))).toBe('body_malformed')
  expect(reasonOf(() => readJsonBody(bytes(`"${'\\'.repeat(1_000_001)}`), undefined))).toBe('body_malformed')
  expect(reasonOf(() => readJsonBody(bytes('"'.repeat(1_000_001)), undefined))).toBe('body_malformed')
})

test('all JSON that does not nest too deep is read as it is, and all else is refused', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value)
      expect(readJsonBody(bytes(text), undefined)).toEqual(JSON.parse(text))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array(), (any) => {
      try {
        readJsonBody(any, undefined)
      } catch (error) {
        expect(error).toBeInstanceOf(ProvisioningError)
      }
    }),
  )
})
