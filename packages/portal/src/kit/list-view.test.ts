import { expect, test } from 'vitest'
import { narrowed } from './list-view.ts'

const rows = [
  { id: 'Pump-2', status: 'enabled', size: 10 },
  { id: 'pump-1', status: 'disabled', size: 9 },
  { id: 'valve', status: 'enabled', size: 100 },
]
const by = {
  search: (row: (typeof rows)[number]) => [row.id],
  sort: { id: (row: (typeof rows)[number]) => row.id, size: (row: (typeof rows)[number]) => row.size },
  filters: { status: (row: (typeof rows)[number]) => row.status },
}
const ids = (query: Record<string, string>) => narrowed(rows, query, by).map(({ id }) => id)

test('a search looks anywhere and at no case', () => {
  expect(ids({ search: 'PUMP' })).toEqual(['Pump-2', 'pump-1'])
})

test('numbers are sorted as numbers, either way', () => {
  expect(ids({ sort: 'size' })).toEqual(['pump-1', 'Pump-2', 'valve'])
  expect(ids({ sort: 'size', order: 'desc' })).toEqual(['valve', 'Pump-2', 'pump-1'])
})

test('a filter and a search hold together', () => {
  expect(ids({ search: 'pump', status: 'enabled' })).toEqual(['Pump-2'])
})
