import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readQueryText } from './query-text.ts'

test.each([
  ["WHERE id = 'it''s'", { field: 'id', equals: "it's" }],
  ['WHERE id = "a"', { field: 'id', equals: 'a' }],
  ["where registrationId like 'a_%' ;", { field: 'id', startsWith: 'a_' }],
  ["where registrationId like 'a'", { field: 'id', equals: 'a' }],
  ["where id like '%'", { field: 'id', startsWith: '' }],
  [
    "where id = 'a' or id = 'b' and status = 'enabled'",
    {
      or: [
        { field: 'id', equals: 'a' },
        {
          and: [
            { field: 'id', equals: 'b' },
            { field: 'status', equals: 'enabled' },
          ],
        },
      ],
    },
  ],
  [
    "where (id = 'a' or id = 'b') and iotHubHostName = 'h'",
    {
      and: [
        {
          or: [
            { field: 'id', equals: 'a' },
            { field: 'id', equals: 'b' },
          ],
        },
        { field: 'hub', equals: 'h' },
      ],
    },
  ],
])('reads %s', (text, where) => {
  expect(readQueryText(`SELECT * FROM enrollments ${text}`, 'Enrollment')).toEqual({ where })
})

test.each([
  ['where'],
  ["where id = 'a"],
  ["where id <> 'a'"],
  ["where id = 'a' and"],
  ["where id = 'a' id = 'b'"],
  ["where id like '%a'"],
  ["where id like 'a%b%'"],
  ["where enrollmentGroupId = 'a'"],
  ["where constructor = 'a'"],
  ["where __proto__ = 'a'"],
  ["where (id = 'a'"],
  ["where not id = 'a'"],
  [`where ${'('.repeat(5000)}id = 'a'${')'.repeat(5000)}`],
  [`where id = '${'a'.repeat(10_000)}'`],
])('does not pretend to understand %s', (text) => {
  expect(readQueryText(text.slice(0, 20_000), 'Enrollment')).toEqual({ notUnderstood: true })
})

test('the fields of a list are its own', () => {
  expect(readQueryText("where assignedHub = 'h'", 'DeviceRegistration')).toHaveProperty('where')
  expect(readQueryText("where assignedHub = 'h'", 'EnrollmentGroup')).toEqual({ notUnderstood: true })
  expect(readQueryText("where enrollmentGroupId = 'g'", 'EnrollmentGroup')).toHaveProperty('where')
})

test('no text whatever makes it throw', () => {
  const words = fc.constantFrom('where ', 'id', '=', "'", '(', ')', ' and ', ' like ', '%', '"', '\\', 'a')
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 60 }).map((parts) => `where ${parts.join('')}`),
  )
  fc.assert(fc.property(texts, (text) => readQueryText(text, 'Enrollment') !== undefined))
})
