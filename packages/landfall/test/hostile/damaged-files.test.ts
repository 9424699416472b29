/** A data directory that somebody, or a crash, has spoilt: the service says which file, and does not start on it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { serve } from '../process.ts'

const base = mkdtempSync(join(tmpdir(), 'landfall-damaged-'))
const whole = join(base, 'whole')
const dir = join(base, 'spoilt')
beforeAll(async () => {
  await (await serve(whole)).end('SIGTERM')
})
beforeEach(() => {
  rmSync(dir, { recursive: true, force: true })
  cpSync(whole, dir, { recursive: true })
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const database = (change: (bytes: Buffer) => Buffer) => () => {
  const path = join(dir, 'landfall.db')
  writeFileSync(path, change(readFileSync(path)))
}
const file = (name: string, text: string) => () => writeFileSync(join(dir, name), text)

test.each([
  [
    'a database of other bytes',
    database((bytes) => bytes.fill(0x55)),
    /landfall\.db cannot be opened: .*not a database/,
  ],
  [
    'a database whose pages are overwritten',
    // the schema can still be read, the settings cannot
    database((bytes) => bytes.fill(0xff, 2 * 4096, 12 * 4096)),
    /landfall\.db cannot be opened: .*damaged/,
  ],
  [
    'a root certificate of other text',
    file('tls/root.pem', 'garbage'),
    /root\.pem and .*root\.key\.pem are no certificate and its key/,
  ],
  ['an empty key', file('tls/server.key.pem', ''), /server\.pem and .*server\.key\.pem are no certificate and its key/],
  [
    'a directory where a file is to be written',
    () => mkdirSync(join(dir, 'connection.json.new')),
    /The data directory .*spoilt cannot be written: /,
  ],
])('%s is told by name, without a stack', async (_what, spoil, sentence) => {
  spoil()
  const failure = await serve(dir).then(
    async (service) => `it started (${await service.end('SIGKILL')})`,
    (error: Error) => error.message,
  )
  expect(failure).toMatch(/ended with 1/)
  expect(failure).toMatch(sentence)
  expect(failure).not.toMatch(/\n\s+at /)
})
