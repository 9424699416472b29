import { expect, test } from 'vitest'
import { median, quantile, ratioByRound, table } from './figures.ts'

test('a quantile is a value that was measured: the nearest rank', () => {
  const values = [40, 10, 30, 20]
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 0), median(values)]).toEqual([20, 40, 10, 20])
})

test('of nothing there is no figure', () => {
  expect(median([])).toBeNaN()
})

test('the ratio is taken round by round, so that a busy machine disturbs both sides of it', () => {
  expect(ratioByRound([200, 1000, 210], [100, 500, 100])).toBe(2)
})

test('without a peer there is no ratio', () => {
  expect(ratioByRound([200], [])).toBeNaN()
})

test('a table is Markdown, its columns lined up', () => {
  expect(table(['who', 'µs'], [['nginx', '1000']])).toBe(
    ['| who   |   µs |', '| ----- | ---: |', '| nginx | 1000 |'].join('\n'),
  )
})
