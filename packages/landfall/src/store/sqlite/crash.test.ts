import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RegistrationKey } from '../../ids.ts'
import { realTimers } from '../../system.ts'
import { deviceId, fixedClock, localhost } from '../contract/samples.ts'
import type { Store } from '../store.ts'
import { openSqlite } from './open.ts'

let directory = ''
const file = () => join(directory, 'landfall.db')

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'landfall-crash-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Commits a registration, its device and its twin at a time, 16 at once, and says which are done or refused. */
const writer = `
import { openSqlite } from ${JSON.stringify(import.meta.resolve('./open.ts'))}
import { realTimers } from ${JSON.stringify(import.meta.resolve('../../system.ts'))}
import { device, fixedClock, member, twin } from ${JSON.stringify(import.meta.resolve('../contract/samples.ts'))}
const [path, run, most] = process.argv.slice(1)
const store = await openSqlite({ path, clock: fixedClock, timers: realTimers })
let next = 0
async function client() {
  while (next < Number(most)) {
    const id = run + '-' + next++
    try {
      await store.commit([
        { put: 'device', value: device(id), expect: 'absent' },
        { put: 'twin', value: twin(id, { tags: { large: 'x'.repeat(2000) } }), expect: 'absent' },
        { put: 'registration', value: member(id, 'plant'), expect: 'absent' },
      ])
      process.stdout.write('done ' + id + '\\n')
    } catch (error) {
      process.stdout.write('refused ' + id + ' ' + error.name + ': ' + error.message + '\\n')
    }
  }
}
await Promise.all(Array.from({ length: 16 }, client))
process.stdout.write('health ' + JSON.stringify(store.health()) + ' ' + JSON.stringify(await store.counts()) + '\\n')
await store.close()
`

function startWriter(run: number, most: number, shell = ''): { process: ChildProcess; lines: AsyncIterable<string> } {
  const command = [process.execPath, '--input-type=module', '-e', writer, file(), `run${run}`, String(most)]
  const child = spawn('bash', ['-c', `${shell} exec "$@"`, 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { process: child, lines: createInterface(child.stdout) }
}

async function contentOf(store: Store): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let after: RegistrationKey | undefined
  do {
    const page = await store.registrations({ limit: 1000, after })
    for (const { key } of page.items) found.add(key)
    after = page.next
  } while (after)
  return found
}

test('killed at any moment, it keeps what was acknowledged, each once, and no half of a list', async () => {
  const acknowledged = new Set<string>()
  for (let run = 0; run < 8; run++) {
    const { process, lines } = startWriter(run, Number.POSITIVE_INFINITY)
    // killed in the midst of what follows this many acknowledgements
    const enough = 1 + Math.floor(Math.random() * 600)
    let seen = 0
    for await (const line of lines) {
      acknowledged.add(line.slice('done '.length))
      if (++seen === enough) process.kill('SIGKILL')
    }
  }

  await using store = await openSqlite({ path: file(), clock: fixedClock, timers: realTimers })
  const found = await contentOf(store)
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([])
  expect((await store.counts()).registrations).toBe(found.size)
  expect(await store.deviceCounts(localhost)).toEqual({ total: found.size, enabled: found.size })
  const halves = await Promise.all([...found].map((id) => store.twin(localhost, deviceId(id))))
  expect(halves.filter((twin) => twin === undefined)).toEqual([])
})

test('when its files may grow no further it refuses, stays up, and keeps what it acknowledged', async () => {
  // a limit on the size of files binds root as well; the disk then answers each write with an error
  const { process, lines } = startWriter(0, 3000, 'ulimit -f 2000;')
  const ended = once(process, 'exit')
  const said: Record<string, string[]> = { done: [], refused: [], health: [] }
  for await (const line of lines) said[line.split(' ', 1)[0] ?? '']?.push(line.slice(line.indexOf(' ') + 1))
  expect(await ended).toEqual([0, null])
  expect(said.done).not.toEqual([])
  expect(said.refused?.at(-1)).toMatch(/StorageUnavailable: the disk reports an input\/output error$/)
  expect(said.health).toEqual([
    expect.stringMatching(new RegExp(`"writable":false.*"registrations":${said.done?.length}}$`)),
  ])

  await using store = await openSqlite({ path: file(), clock: fixedClock, timers: realTimers })
  expect([...(await contentOf(store))].toSorted()).toEqual(said.done?.toSorted())
})
