/** What the documents tell people to type and to read is there. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import root from '../../../../package.json' with { type: 'json' }
import { entries } from '../../src/cli/program.ts'

const home = join(import.meta.dirname, '../../../..')
const documents = globSync('{*,docs/*,bench/*,examples/*,packages/*/*}.md', { cwd: home }).map((path) => ({
  path,
  text: readFileSync(join(home, path), 'utf8'),
}))

const found = (pattern: RegExp) =>
  documents.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([, name = '']) => ({ path, name })))

test('every npm script that a document names', () => {
  const scripts = Object.keys(root.scripts)
  expect(found(/npm run (?:-s |--silent )?([\w:-]+)/g).filter(({ name }) => !scripts.includes(name))).toEqual([])
})

test('every command that a document names', () => {
  const commands = entries.map(({ name }) => name)
  const named = found(/(?:`|\$\()landfall ([a-z][a-z-]*)/g)
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter(({ name }) => !commands.includes(name))).toEqual([])
})

test('every file that a document links to', () => {
  const missing = found(/\]\((?!https?:|#)([^)#\s]+)/g).filter(
    ({ path, name }) => !existsSync(join(home, dirname(path), name)),
  )
  expect(missing).toEqual([])
})
