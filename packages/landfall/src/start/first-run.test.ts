import { expect, test } from 'vitest'
import type { Config } from '../config.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { realRandom as random, realTimers as timers } from '../system.ts'
import { settingsOf } from './first-run.ts'

const clock = { now: () => Date.parse('2030-01-01T00:00:00Z') }

async function firstRun() {
  const store = await openSqlite({ path: ':memory:', clock, timers })
  const warnings: object[] = []
  const log = { warn: (facts: object) => void warnings.push(facts) }
  const start = (hostname: string, dev = false) =>
    settingsOf({ store, config: { hostnames: [hostname], dev } as unknown as Config, clock, random, log })
  return { store, start, warnings, [Symbol.asyncDispose]: () => store.close() }
}

test('a first start makes id scope, owner and the hub of its name; the next finds them', async () => {
  await using run = await firstRun()
  const first = await run.start('localhost')
  expect(first).toMatchObject({
    idScope: expect.stringMatching(/^0ne[0-9A-F]{8}$/),
    policies: [{ name: 'provisioningserviceowner' }],
    hubs: [{ name: 'localhost', linked: true }],
  })
  expect(await run.start('localhost')).toEqual(first)
  expect(run.warnings).toEqual([])
})

test('another hostname makes another hub, and tells that the one before still gets devices', async () => {
  await using run = await firstRun()
  const first = await run.start('localhost')
  const second = await run.start('dps.example')
  expect(second.idScope).toBe(first.idScope)
  expect(second.hubs.map(({ name }) => name)).toEqual(['localhost', 'dps.example'])
  expect(run.warnings).toEqual([{ hub: 'dps.example', others: ['localhost'] }])
})

test('--dev makes the same credentials on every machine, and without it none are alike', async () => {
  const made = async (dev: boolean) => {
    await using run = await firstRun()
    const { idScope, policies, hubs } = await run.start('localhost', dev)
    return { idScope, policies, hubs }
  }
  expect(await made(true)).toEqual(await made(true))
  expect((await made(false)).policies).not.toEqual((await made(false)).policies)
})

test('the secret of TPM challenges is made once, unlike the published credentials of --dev, and for a service from before', async () => {
  await using run = await firstRun()
  const { tpmSecret } = await run.start('localhost', true)
  expect(Buffer.from(tpmSecret ?? '', 'base64')).toHaveLength(32)
  expect((await run.start('localhost', true)).tpmSecret).toBe(tpmSecret)
  const { tpmSecret: _, ...before } = await run.start('localhost', true)
  await run.store.commit([{ put: 'settings', value: before, expect: 'any' }])
  const after = await run.start('localhost', true)
  expect(after.tpmSecret).toBeTruthy()
  expect(after).toMatchObject({ hubs: before.hubs, policies: before.policies, idScope: before.idScope })
  expect(after.tpmSecret).not.toBe(tpmSecret)
  await using other = await firstRun()
  expect((await other.start('localhost', true)).tpmSecret).not.toBe(tpmSecret)
})
