/** The link to a real hub, against our own hub's REST API over sockets: two hubs, every state that a crash may leave. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../test/hub-world.ts'
import { parseDeviceId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { AssignmentOrder, HubLink } from '../registration/hub.ts'
import { connectionStringOf } from '../sas/policy.ts'
import type { EmbeddedHubSetting } from '../store/settings.ts'
import { realRandom as random, realTimers as timers } from '../system.ts'
import { azureHub } from './azure.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const thumbprint = 'AB'.repeat(32)
const x509 = { type: 'selfSigned', primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint } as const
const keys = {
  primaryKey: Buffer.alloc(32, 1).toString('base64'),
  secondaryKey: Buffer.alloc(32, 2).toString('base64'),
}
const sas = { type: 'sas', ...keys } as const

let id = ''
let devices = 0
beforeEach(() => {
  id = `dev:${++devices}`
})

const path = (kind: 'devices' | 'twins') => `/${kind}/${encodeURIComponent(id)}`
const deviceOn = async (hub: EmbeddedHubSetting) => (await world.call(`GET ${path('devices')}`, { hub })).body
const twinOn = async (hub: EmbeddedHubSetting) => (await world.call(`GET ${path('twins')}`, { hub })).body

/** What the hub was asked, for looking at; and, if set, what the wire does to an answer. */
interface Wire {
  readonly asked: string[]
  lose?: (nth: number) => 'request' | 'answer' | undefined
  /** What somebody else does just before that call arrives. */
  meanwhile?: (nth: number) => Promise<unknown> | undefined
}

function linkTo(hub: EmbeddedHubSetting, wire: Wire = { asked: [] }): HubLink {
  const [owner] = hub.policies
  if (!owner) throw new Error('a hub has an owner')
  const tapped: typeof fetch = async (input, init) => {
    wire.asked.push(`${init?.method} ${new URL(String(input)).pathname}`)
    const nth = wire.asked.length
    await wire.meanwhile?.(nth)
    const lost = wire.lose?.(nth)
    if (lost === 'request') throw new TypeError('fetch failed')
    const answer = await world.fetch(input, init)
    if (lost === 'answer') throw new TypeError('fetch failed')
    return answer
  }
  return azureHub({
    setting: { name: hub.name, connectionString: connectionStringOf(owner, hub.name) },
    clock: world.clock,
    timers: { sleep: (ms, signal) => (signal ? timers.sleep(ms, signal) : Promise.resolve()) },
    random,
    log: { info() {}, warn() {}, error() {}, debug() {} },
    fetch: tapped,
  })
}

const orderOf = (order: Partial<AssignmentOrder> = {}): AssignmentOrder => ({
  deviceId: parseDeviceId(id),
  authentication: x509,
  twin: { kind: 'initial', initialTwin: { tags: { plant: 7 }, desired: { rate: 10 } } },
  resetTwin: false,
  at: world.clock.now(),
  ...order,
})

test('a device of a certificate gets its thumbprint twice and its initial twin', async () => {
  const [hub] = world.hubs
  expect(await linkTo(hub).assign(orderOf())).toEqual({ changes: [], existed: false })
  expect(await deviceOn(hub)).toMatchObject({
    deviceId: id,
    status: 'enabled',
    authentication: {
      type: 'selfSigned',
      x509Thumbprint: { primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint },
    },
    capabilities: { iotEdge: false },
  })
  expect(await twinOn(hub)).toMatchObject({ tags: { plant: 7 }, properties: { desired: { rate: 10 } } })
})

test('a device of keys gets its keys, and an edge device is one', async () => {
  const [hub] = world.hubs
  await linkTo(hub).assign(orderOf({ authentication: sas, iotEdge: true }))
  expect(await deviceOn(hub)).toMatchObject({
    authentication: { type: 'sas', symmetricKey: keys },
    capabilities: { iotEdge: true },
  })
})

test('reserved members of an initial twin stay behind', async () => {
  const [hub] = world.hubs
  const desired = { $version: 3, $metadata: {}, count: 1, metadata: {}, version: 2, rate: 10 }
  await linkTo(hub).assign(orderOf({ twin: { kind: 'initial', initialTwin: { desired } } }))
  const { $metadata, ...shown } = (await twinOn(hub)).properties.desired as JsonObject
  expect(shown).toEqual({ rate: 10, $version: 2 })
})

test('a device that is there gets new credentials; its twin, status and capability stay', async () => {
  const [hub] = world.hubs
  const body = { status: 'disabled', statusReason: 'stolen', capabilities: { iotEdge: true } }
  await world.call(`PUT ${path('devices')}`, { body })
  await world.call(`PATCH ${path('twins')}`, { body: { tags: { mine: true } } })
  expect(await linkTo(hub).assign(orderOf({ authentication: sas }))).toEqual({ changes: [], existed: true })
  expect(await deviceOn(hub)).toMatchObject({ ...body, authentication: { type: 'sas', symmetricKey: keys } })
  expect((await twinOn(hub)).tags).toEqual({ mine: true })
})

test('a reset puts the twin back to the initial one, whatever is there', async () => {
  const [hub] = world.hubs
  await linkTo(hub).assign(orderOf())
  await world.call(`PATCH ${path('twins')}`, { body: { tags: { mine: true }, properties: { desired: { more: 1 } } } })
  await linkTo(hub).assign(orderOf({ resetTwin: true }))
  const { tags, properties } = await twinOn(hub)
  expect(tags).toEqual({ plant: 7 })
  expect(properties.desired).toMatchObject({ rate: 10 })
  expect(properties.desired).not.toHaveProperty('more')
})

test('a reset without an initial twin empties the twin', async () => {
  const [hub] = world.hubs
  await linkTo(hub).assign(orderOf())
  await linkTo(hub).assign(orderOf({ resetTwin: true, twin: { kind: 'initial' } }))
  const { tags, properties } = await twinOn(hub)
  expect(tags).toBeUndefined()
  expect(Object.keys(properties.desired)).toEqual(['$metadata', '$version'])
})

test('doing it again changes nothing on the hub, and writes nothing', async () => {
  const [hub] = world.hubs
  await linkTo(hub).assign(orderOf())
  const before = [await deviceOn(hub), await twinOn(hub)]
  const wire: Wire = { asked: [] }
  expect(await linkTo(hub, wire).assign(orderOf())).toEqual({ changes: [], existed: true })
  expect([await deviceOn(hub), await twinOn(hub)]).toEqual(before)
  expect(wire.asked.map((line) => line.split(' ')[0])).toEqual(['PUT', 'GET', 'GET'])
})

test('a crash between identity and twin is mended by doing it again', async () => {
  const [hub] = world.hubs
  await linkTo(hub).assign(orderOf({ twin: { kind: 'initial' } }))
  await linkTo(hub).assign(orderOf())
  expect((await twinOn(hub)).tags).toEqual({ plant: 7 })
})

test('a twin moves from one hub to the other, and the identity with it', async () => {
  const [from, to] = world.hubs
  await linkTo(from).assign(orderOf())
  const deviceId = parseDeviceId(id)
  const twin = await linkTo(from).readTwin(deviceId)
  expect(twin).toEqual({ tags: { plant: 7 }, desired: { rate: 10 }, reported: {} })
  if (!twin) return
  await linkTo(to).assign(orderOf({ twin: { kind: 'moved', twin }, resetTwin: true }))
  expect(await linkTo(from).remove(deviceId)).toEqual({ changes: [] })
  expect((await world.call(`GET ${path('devices')}`, { hub: from })).status).toBe(404)
  expect(await twinOn(to)).toMatchObject({ tags: { plant: 7 }, properties: { desired: { rate: 10 } } })
})

test('there is no twin of a device that is not there, and removing it is success', async () => {
  const link = linkTo(world.hubs[0])
  expect(await link.readTwin(parseDeviceId('nobody'))).toBeUndefined()
  expect(await link.remove(parseDeviceId('nobody'))).toEqual({ changes: [] })
})

const losses = ['request', 'answer'] as const
test.each(losses.flatMap((what) => [1, 2, 3, 4].map((nth) => [what, nth] as const)))(
  'a lost %s of call %i leaves one device with its twin, as if nothing had happened',
  async (what, nth) => {
    const [hub] = world.hubs
    const wire: Wire = { asked: [], lose: (count) => (count === nth ? what : undefined) }
    expect(await linkTo(hub, wire).assign(orderOf())).toEqual({ changes: [], existed: false })
    expect(await deviceOn(hub)).toMatchObject({ authentication: { type: 'selfSigned' } })
    expect(await twinOn(hub)).toMatchObject({ tags: { plant: 7 }, properties: { desired: { rate: 10 } } })
  },
)

test('an operator who changes the identity between reading and writing it loses nothing', async () => {
  const [hub] = world.hubs
  await world.call(`PUT ${path('devices')}`, { body: {} })
  const change = { headers: { 'if-match': '*' }, body: { statusReason: 'checked' } }
  const wire: Wire = {
    asked: [],
    meanwhile: (nth) => (nth === 3 ? world.call(`PUT ${path('devices')}`, change) : undefined),
  }
  expect(await linkTo(hub, wire).assign(orderOf({ authentication: sas }))).toEqual({ changes: [], existed: true })
  expect(await deviceOn(hub)).toMatchObject({ statusReason: 'checked', authentication: { symmetricKey: keys } })
})

test('a device that is deleted between two calls is created after all', async () => {
  const [hub] = world.hubs
  await world.call(`PUT ${path('devices')}`, { body: {} })
  const wire: Wire = {
    asked: [],
    meanwhile: (nth) => (nth === 2 ? world.call(`DELETE ${path('devices')}`) : undefined),
  }
  expect(await linkTo(hub, wire).assign(orderOf())).toEqual({ changes: [], existed: false })
  expect((await twinOn(hub)).tags).toEqual({ plant: 7 })
})

test('a device that is deleted and made anew all the time is given up on', async () => {
  const [hub] = world.hubs
  await world.call(`PUT ${path('devices')}`, { body: {} })
  const wire: Wire = {
    asked: [],
    meanwhile: (nth) =>
      nth % 2 === 0 ? world.call(`DELETE ${path('devices')}`) : world.call(`PUT ${path('devices')}`, { body: {} }),
  }
  await expect(linkTo(hub, wire).assign(orderOf())).rejects.toMatchObject({ reason: 'hub_unreachable' })
})

test('a key of the hub that is no longer right is a refusal in the words of the hub', async () => {
  const [hub] = world.hubs
  const [owner] = hub.policies
  if (!owner) return
  const stale = { ...hub, policies: [{ ...owner, primaryKey: Buffer.alloc(32).toString('base64') }] }
  await expect(linkTo(stale).assign(orderOf())).rejects.toMatchObject({
    reason: 'hub_refused',
    facts: { hub: hub.name, why: expect.stringContaining('ErrorCode:IotHubUnauthorizedAccess') },
  })
})

test('without a wish for other keys the hub keeps those it has, or makes some; an empty one is a wish for new ones', async () => {
  const [hub] = world.hubs
  const link = linkTo(hub)
  const device = parseDeviceId(id)
  expect(await link.readPrimaryKey(device)).toBeUndefined()
  await link.assign(orderOf({ authentication: { type: 'sas' } }))
  const first = await link.readPrimaryKey(device)
  expect(Buffer.from(first ?? '', 'base64')).toHaveLength(32)
  await link.assign(orderOf({ authentication: { type: 'sas' } }))
  expect(await link.readPrimaryKey(device)).toBe(first)
  await link.assign(orderOf({ authentication: { type: 'sas', primaryKey: '', secondaryKey: '' } }))
  const second = await link.readPrimaryKey(device)
  expect(second).not.toBe(first)
  await link.assign(orderOf())
  expect(await link.readPrimaryKey(device)).toBeUndefined()
  await link.assign(orderOf({ authentication: { type: 'sas' } }))
  expect(await link.readPrimaryKey(device)).toBeTruthy()
})
