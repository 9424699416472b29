import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { pageOf } from './page.ts'

const here = import.meta.dirname
const tests = ['../hub', '../sdk'].flatMap((folder) =>
  readdirSync(resolve(here, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(resolve(here, folder, name), 'utf8')),
)

/** `shows('sdk', 'a', 'b')` or `shows(['sdk', 'sdk'], 'a', 'b')`. */
function shownIn(source: string): readonly string[] {
  return [...source.matchAll(/\bshows\(\s*(?:\[([^\]]+)\]|('[^']+')),([^;]*?)\),?\s*async/g)].flatMap(
    ([, many, one, rest]) =>
      textsOf(many ?? one).flatMap((sdk) => textsOf(rest).map((operation) => `${sdk}: ${operation}`)),
  )
}
const textsOf = (source = '') => [...source.matchAll(/'([^']+)'/g)].map(([, text]) => text ?? '')

test('docs/compatibility.md says what the tests show, and nothing else', () => {
  const page = readFileSync(resolve(here, '../../../../docs/compatibility.md'), 'utf8')
  expect(page).toBe(pageOf(new Set(tests.flatMap(shownIn))))
})
