import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realTimers } from '../../system.ts'
import { fixedClock, member, registrationKey, settings } from '../contract/samples.ts'
import { migrate, migrations, schemaVersion } from './migrations.ts'
import { openSqlite } from './open.ts'

let directory = ''
const file = () => join(directory, 'data', 'landfall.db')
const open = () => openSqlite({ path: file(), clock: fixedClock, timers: realTimers })

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'landfall-open-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('makes files that only their owner can read', async () => {
  await using store = await open()
  await store.commit([{ put: 'settings', value: settings(), expect: 'absent' }])
  const modes = await Promise.all([join(directory, 'data'), file(), `${file()}-wal`].map((path) => stat(path)))
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600'])
})

test('refuses a second opening of the same file, and says what to do', async () => {
  await using store = await open()
  await expect(open()).rejects.toThrow(/landfall\.db cannot be opened: another process is using it\. Stop that one/)
  await store.commit([{ put: 'settings', value: settings(), expect: 'absent' }])
})

test('refuses a file that another process holds, and takes it over when that one is killed', async () => {
  const holder = spawn(process.execPath, ['--input-type=module', '-e', holding, file()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await expect(open()).rejects.toThrow(/another process is using it/)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await using store = await open()
  expect((await store.settings())?.etag).toBe('1')
})

const holding = `
import { openSqlite } from ${JSON.stringify(import.meta.resolve('./open.ts'))}
import { realTimers } from ${JSON.stringify(import.meta.resolve('../../system.ts'))}
import { fixedClock, settings } from ${JSON.stringify(import.meta.resolve('../contract/samples.ts'))}
const store = await openSqlite({ path: process.argv[1], clock: fixedClock, timers: realTimers })
await store.commit([{ put: 'settings', value: settings(), expect: 'absent' }])
console.log('held')
setInterval(() => {}, 1000)
`

test('refuses the database of a newer version, and leaves it as it is', async () => {
  await (await open()).close()
  const newer = new DatabaseSync(file())
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  newer.close()
  await expect(open()).rejects.toThrow(/written by a newer Landfall .* Run that version, or restore a backup/)
  const after = new DatabaseSync(file())
  expect(schemaVersion(after)).toBe(migrations.length + 1)
  after.close()
})

test('refuses a file that is no database', async () => {
  await (await open()).close()
  await writeFile(file(), 'this is a shopping list, and long enough to be a header of a database file')
  await expect(open()).rejects.toThrow(/landfall\.db cannot be opened: the file is not a database\./)
})

test('a migration that fails leaves the schema of the one before', () => {
  const database = new DatabaseSync(':memory:')
  const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a); CREATE TABLE one (a)']
  expect(() => migrate(database, steps)).toThrow(/already exists/)
  expect(schemaVersion(database)).toBe(1)
  expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'one' }])
  migrate(database, ['CREATE TABLE one (a)', 'CREATE TABLE two (a)'])
  expect(schemaVersion(database)).toBe(2)
})

test('a store in memory needs no file', async () => {
  await using store = await openSqlite({ path: ':memory:', clock: fixedClock, timers: realTimers })
  await store.commit([{ put: 'registration', value: member('pump', 'plant'), expect: 'absent' }])
  expect(await store.registration(registrationKey('pump'))).toBeDefined()
})
