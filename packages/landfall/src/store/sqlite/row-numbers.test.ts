import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { groupKey, member, registration } from '../contract/samples.ts'
import { makeLists } from './lists.ts'
import { migrate } from './migrations.ts'
import { rangeOf } from './row-numbers.ts'
import { registrationShape } from './shapes.ts'
import { insertInto, makeWriter, rowOf } from './writer.ts'

const arrivals = Array.from({ length: 40 }, (_, index) => member(`pump-${index}`, `plant-${index % 4}`))

function openMemory(): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  migrate(database)
  return database
}

test('members of a group stand together, in whatever order groups take turns', () => {
  using database = openMemory()
  const { put } = makeWriter(database, registrationShape)
  for (const value of arrivals) put(value, 'any')
  const groups = database.prepare('SELECT group_key FROM registrations ORDER BY rowid').all()
  const changes = groups.filter((row, index) => row.group_key !== groups[index - 1]?.group_key)
  expect(changes).toHaveLength(4)
})

test('a registration that is written again stays where it stands', () => {
  using database = openMemory()
  const { put } = makeWriter(database, registrationShape)
  for (const value of arrivals) put(value, 'any')
  const numbers = () => database.prepare('SELECT key, rowid AS number FROM registrations ORDER BY key').all()
  const before = numbers()
  for (const value of arrivals.toReversed()) put({ ...value, status: 'failed' }, 'any')
  expect(numbers()).toEqual(before)
})

test('a database whose rows were numbered as they arrived goes on, and lists old and new members in order', () => {
  using database = openMemory()
  const [old, young] = [arrivals.slice(0, 20), arrivals.slice(20)]
  const asBefore = { ...registrationShape, rangeOf: undefined }
  const insert = database.prepare(insertInto(asBefore))
  for (const value of old) insert.run(...rowOf(asBefore, value))
  const { put } = makeWriter(database, registrationShape)
  for (const value of young) put(value, 'absent')
  const page = makeLists(database).registrations({ limit: 100 }, groupKey('plant-1'))
  const expected = arrivals.filter(({ group }) => group?.id === 'plant-1').map(({ key }) => key)
  expect(page.items.map(({ key }) => key)).toEqual(expected.toSorted())
})

test('every number is exact in JavaScript', () => {
  using database = openMemory()
  database
    .prepare(insertInto(registrationShape))
    .run(2n ** 53n - 3n, ...rowOf(registrationShape, registration('pump')).slice(1))
  const row = database.prepare('SELECT rowid AS number FROM registrations').get()
  expect(row?.number).toBe(Number.MAX_SAFE_INTEGER - 1)
  const ranges = Array.from({ length: 1000 }, (_, index) => rangeOf(member('pump', `plant-${index}`)))
  expect(ranges.every((range) => range + 2n ** 32n <= 2n ** 53n)).toBe(true)
})
