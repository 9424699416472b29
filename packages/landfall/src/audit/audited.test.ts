import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HubName } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import {
  ca,
  certificate,
  device,
  etag,
  fixedClock,
  group,
  groupKey,
  individual,
  localhost,
  registration,
  registrationKey,
  settings,
  start,
  twin,
} from '../store/contract/samples.ts'
import type { HubSetting, Settings } from '../store/settings.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import type { Change, Expect, Store } from '../store/store.ts'
import { realTimers } from '../system.ts'
import { audited } from './audited.ts'
import type { Deed } from './deed.ts'
import type { AuditEntry } from './entry.ts'
import { largestEntry } from './shorten.ts'

const deed: Deed = { actor: { kind: 'policy', name: 'owner' }, at: start, remoteAddress: '10.0.0.1', request: 'PUT /x' }

let store: Store
let own: Store
let heard: AuditEntry[]

beforeEach(async () => {
  store = await openSqlite({ path: ':memory:', clock: fixedClock, timers: realTimers })
  heard = []
  own = audited(store, deed, (entry) => heard.push(entry))
})
afterEach(() => store.close())

/** Oldest first. */
const log = async () => (await store.audit({ limit: 100 })).toReversed()
const told = async () => (await log()).map(({ action, target }) => `${action} ${target.kind} ${target.id}`)
const key = (fill: number) => Buffer.alloc(32, fill).toString('base64')
const bare = (change: Settings | Partial<Settings>) => settings({ etag: etag('2'), ...change })

test('tells who did what, when and from where, and how it was before and after', async () => {
  await own.commit([{ put: 'group', value: group('Plant-7'), expect: 'absent' }])
  const disabled = group('Plant-7', { provisioningStatus: 'disabled', etag: etag('2') })
  await own.commit([{ put: 'group', value: disabled, expect: { etag: etag('1') } }])
  await own.commit([{ delete: 'group', key: groupKey('plant-7'), expect: 'present' }])
  const [created, updated, deleted] = await log()
  expect(created).toMatchObject({ ...deed, action: 'create', target: { kind: 'group', id: 'Plant-7' } })
  expect(created).not.toHaveProperty('before')
  expect(updated).toMatchObject({
    action: 'update',
    before: { enrollmentGroupId: 'Plant-7', provisioningStatus: 'enabled' },
    after: { enrollmentGroupId: 'Plant-7', provisioningStatus: 'disabled' },
  })
  expect(deleted).toMatchObject({ action: 'delete', before: { provisioningStatus: 'disabled' } })
  expect(deleted).not.toHaveProperty('after')
  expect(heard.map(({ action }) => action)).toEqual(['create', 'update', 'delete'])
})

test('appends nothing for what is written as it was, and for a conflict', async () => {
  await store.commit([{ put: 'group', value: group('plant'), expect: 'absent' }])
  await own.commit([{ put: 'group', value: group('plant', { etag: etag('2'), updatedAt: start + 1 }), expect: 'any' }])
  const again: Change = { put: 'group', value: group('plant', { provisioningStatus: 'disabled' }), expect: 'absent' }
  await expect(own.commit([again])).rejects.toMatchObject({ name: 'Conflict', found: '2' })
  await own.commit([{ delete: 'registration', key: registrationKey('nobody'), expect: 'any' }])
  expect(await log()).toEqual([])
  expect(heard).toEqual([])
})

test('an enrollment takes its record along: both are told', async () => {
  await store.commit([
    { put: 'individual', value: individual('pump'), expect: 'absent' },
    { put: 'registration', value: registration('pump'), expect: 'absent' },
  ])
  await own.commit([
    { delete: 'individual', key: registrationKey('pump'), expect: 'present' },
    { delete: 'registration', key: registrationKey('pump'), expect: 'any' },
  ])
  expect(await told()).toEqual(['delete individual pump', 'delete registration pump'])
})

test('a device takes its twin along: both are told, with their hub', async () => {
  await own.commit([
    { put: 'device', value: device('pump'), expect: 'absent' },
    { put: 'twin', value: twin('pump'), expect: 'any' },
  ])
  await own.commit([{ delete: 'device', hub: localhost, deviceId: device('pump').deviceId, expect: 'any' }])
  expect(await told()).toEqual(['create device pump', 'create twin pump', 'delete device pump', 'delete twin pump'])
  expect((await log()).at(-1)).toMatchObject({
    target: { kind: 'twin', id: 'pump', hub: localhost },
    before: { tags: { site: 'north' }, properties: { desired: { interval: 30 } } },
  })
  expect(await store.twin(localhost, twin('pump').deviceId)).toBeUndefined()
})

test('two changes of one thing in one list are told one after the other', async () => {
  await own.commit([
    { put: 'group', value: group('plant'), expect: 'any' },
    { put: 'group', value: group('plant', { provisioningStatus: 'disabled', etag: etag('2') }), expect: 'any' },
    { delete: 'group', key: groupKey('plant'), expect: { etag: etag('2') } },
  ])
  expect(await told()).toEqual(['create group plant', 'update group plant', 'delete group plant'])
})

const owner = { name: 'Owner', primaryKey: key(1), secondaryKey: key(2), rights: ['ServiceConfig'] } as const
const reader = { name: 'reader', primaryKey: key(3), secondaryKey: key(4), rights: ['EnrollmentRead'] } as const
const hub: HubSetting = { kind: 'embedded', name: 'hub.example' as HubName, policies: [owner as never], linked: true }

test('of the settings the policy, the hub, the allocation policy that changed is told, and nothing else', async () => {
  await store.commit([{ put: 'settings', value: settings({ policies: [owner], hubs: [hub] }), expect: 'absent' }])
  const put = (value: Settings): Change => ({ put: 'settings', value, expect: 'any' })
  await own.commit([put(bare({ policies: [owner], hubs: [hub] }))])
  expect(await log()).toEqual([])
  await own.commit([
    put(bare({ policies: [owner, reader], hubs: [{ ...hub, linked: false }], allocationPolicy: 'static' })),
  ])
  const swapped = { ...reader, primaryKey: reader.secondaryKey, secondaryKey: reader.primaryKey }
  await own.commit([
    put(bare({ policies: [owner, swapped], hubs: [], allocationPolicy: 'static', serviceName: 'other' })),
  ])
  expect(await told()).toEqual([
    'update allocationPolicy landfall',
    'update hub hub.example',
    'create policy reader',
    'update instance other',
    'update policy reader',
    'delete hub hub.example',
  ])
  const entries = await log()
  expect(entries[0]).toMatchObject({ before: { allocationPolicy: 'hashed' }, after: { allocationPolicy: 'static' } })
  expect(entries[3]).toMatchObject({ before: { serviceName: 'landfall' }, after: { serviceName: 'other' } })
  const { before, after } = entries[4] as unknown as Record<'before' | 'after', JsonObject>
  expect([after.primaryKey, after.secondaryKey]).toEqual([before.secondaryKey, before.primaryKey])
  expect(after.primaryKey).toMatch(/^secret:[0-9a-f]{8}$/)
})

test('a hub that is deleted with its devices is told once, with their number', async () => {
  await store.commit([
    { put: 'settings', value: settings({ hubs: [hub] }), expect: 'absent' },
    { put: 'device', value: device('pump', { hub: hub.name }), expect: 'absent' },
  ])
  await own.commit([
    { put: 'settings', value: bare({}), expect: 'any' },
    { delete: 'hub', hub: hub.name },
  ])
  expect(await log()).toMatchObject([
    { action: 'delete', target: { kind: 'hub' }, before: { linked: true, devices: 1 } },
  ])
})

test('no key, code or connection string is in the log, and the whole certificate neither', async () => {
  const stored = await certificate('Root')
  const code = 'AB'.repeat(24)
  const azure: HubSetting = {
    kind: 'azure',
    name: 'far.example' as HubName,
    linked: true,
    connectionString: `HostName=far.example;SharedAccessKeyName=owner;SharedAccessKey=${key(5)}`,
  }
  const custom = { webhookUrl: 'https://me:pass@f.example/api?code=FunctionKey&x=1', apiVersion: '2019-03-31' }
  const signingKeys = [{ kid: 'one', jwk: { kty: 'EC', d: 'private-scalar' }, createdAt: start }]
  const tokens = [{ id: 't1', name: 'portal', roles: [], secretSha256: 'hashed-secret', createdAt: start }]
  await own.commit([
    {
      put: 'settings',
      value: settings({ policies: [owner], hubs: [hub, azure], signingKeys, tokens } as never),
      expect: 'any',
    },
    {
      put: 'caCertificate',
      value: ca('root', stored, { verificationCode: { code, expiresAt: start } }),
      expect: 'any',
    },
    { put: 'group', value: group('plant', { customAllocationDefinition: custom }), expect: 'any' },
    {
      put: 'device',
      value: device('pump', { authentication: { type: 'sas', primaryKey: key(6), secondaryKey: key(7) } }),
      expect: 'any',
    },
    {
      put: 'twin',
      value: twin('pump', { desired: { wifiPassword: 'hunter2', nested: { apiKey: ['k1-secret'] } } }),
      expect: 'any',
    },
  ])
  const text = JSON.stringify(await log())
  const secrets = [1, 2, 5, 6, 7].map(key)
  const others = [
    code,
    'a2V5',
    'FunctionKey',
    'me:pass',
    'private-scalar',
    'hashed-secret',
    'hunter2',
    'k1-secret',
    stored.der,
  ]
  for (const secret of [...secrets, ...others]) expect(text).not.toContain(secret)
  expect(text).toContain(stored.thumbprint)
  expect(text).toContain('https://secret:')
})

test.each<[string, Expect]>([
  ['whatever is there', 'any'],
  ['that something is there', 'present'],
])('of many who expect %s at once all succeed, and each tells exactly what it replaced', async (_what, expects) => {
  await store.commit([{ put: 'twin', value: twin('pump', { tags: { n: 0 } }), expect: 'absent' }])
  const put = (n: number): Change => ({
    put: 'twin',
    value: twin('pump', { tags: { n }, etag: etag(`v${n}`) }),
    expect: expects,
  })
  await Promise.all(Array.from({ length: 15 }, (_, n) => own.commit([put(n + 1)])))
  const chain = (await log()).map(({ before, after }) => [before, after] as unknown as { tags: { n: number } }[])
  expect(chain).toHaveLength(15)
  const numbers = chain.map(([before, after]) => [before?.tags.n, after?.tags.n])
  for (const [index, [before]] of numbers.entries()) expect(before).toBe(index === 0 ? 0 : numbers[index - 1]?.[1])
})

test.each<[string, Expect]>([
  ['an etag', { etag: etag('1') }],
  ['that nothing is there', 'absent'],
])('of many who expect %s one succeeds and is told of; the others get their conflict', async (_what, expects) => {
  if (expects !== 'absent') await store.commit([{ put: 'group', value: group('plant'), expect: 'absent' }])
  const put = (n: number): Change => {
    const value = group('plant', { etag: etag(`v${n}`), iotHubs: [`hub-${n}` as HubName] })
    return { put: 'group', value, expect: expects }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => own.commit([put(n)])))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await log()).toHaveLength(1)
})

test('a large twin is told of within the bound of an entry, by what changed, and says what it left out', async () => {
  const wide = (n: number) =>
    Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`m${i}`, `${i === 7 ? n : i}`.padEnd(500, '"')]))
  await store.commit([{ put: 'twin', value: twin('pump', { tags: wide(1), desired: wide(1) }), expect: 'absent' }])
  await own.commit([{ put: 'twin', value: twin('pump', { tags: wide(2), desired: wide(1) }), expect: 'any' }])
  await own.commit([{ put: 'twin', value: twin('pump', { tags: { all: wide(3) }, desired: wide(1) }), expect: 'any' }])
  await own.commit([{ delete: 'device', hub: localhost, deviceId: twin('pump').deviceId, expect: 'any' }])
  const [small, large, gone] = await log()
  expect(small).toMatchObject({
    shortened: 'members that did not change',
    after: { tags: { m7: expect.stringMatching(/^2/) } },
  })
  const { tags } = { ...small }.after as { tags: JsonObject }
  expect(Object.keys(tags)).toEqual(['m7'])
  expect(large).toMatchObject({ shortened: 'what did not change, and long values', after: { tags: { all: {} } } })
  expect(gone).toMatchObject({ shortened: 'long values' })
  for (const entry of [small, large, gone]) expect(JSON.stringify(entry).length).toBeLessThan(largestEntry)
})
