/** A device that its hub refused at night is explained in the morning. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operator } from '../test-ca.ts'
import { landfall } from '../walk/landfall.ts'
import { readUntil, watch } from '../watch-events.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, hub, makeDevice } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const refused = (order: Parameters<typeof connectDevice>[1]) =>
  connectDevice(world, order).catch((error: { code: number }) => error.code)
const explain = (...args: string[]) => landfall(['explain', ...args, '--data', world.dir])

test('by its id, by its tracking id, and beside what it tried when it registered', async () => {
  const deviceKey = await makeDevice(world, 'Night')
  await hub(world, 'PUT /devices/Night', { deviceId: 'Night', status: 'disabled' }, { 'if-match': '*' })
  expect(await refused({ deviceId: 'Night', deviceKey })).toBe(5)
  const byDevice = await explain('--device-id', 'Night')
  expect(byDevice.stdout).toContain(`refused by its hub: The device "Night" is disabled on the hub "${world.host}"`)
  expect(byDevice.stdout).toContain('(403012, DeviceDisabled)')
  const [, trackingId = ''] = /tracking id (\S+),/.exec(byDevice.stdout) ?? []
  expect((await explain(trackingId)).stdout).toBe(byDevice.stdout)
  expect((await explain('--registration-id', 'night')).stdout).toBe(byDevice.stdout)
  expect((await explain('--device-id', 'night')).stdout).toContain('No attempt of "night"')
  expect(await operator(world, 'GET', `traces/${trackingId}`)).toMatchObject({ kind: 'attempt' })
  expect((await operator(world, 'GET', 'registrations/night')).attempts).toMatchObject([{ hubCode: 'DeviceDisabled' }])
})

test('though its user name said nothing of use', async () => {
  const username = `${world.host}/someone-else/?api-version=2021-04-12`
  expect(await refused({ deviceId: 'misnamed', deviceKey: Buffer.alloc(32).toString('base64'), username })).toBe(5)
  const { stdout } = await explain('--device-id', 'misnamed')
  expect(stdout).toContain('does not fit the client id "misnamed"')
  expect(stdout).not.toContain('SharedAccessSignature')
})

test('all of them are listed once for each reason, with how often, and those who watch are told of the first', async () => {
  const deviceKey = await makeDevice(world, 'again')
  const events = await watch(world)
  const wrongKey = Buffer.alloc(32, 3).toString('base64')
  for (let tries = 0; tries < 3; tries++) await refused({ deviceId: 'again', deviceKey: wrongKey })
  await refused({ deviceId: 'again', deviceKey, tokenExpiry: Date.now() - 3600_000 })
  const username = `elsewhere.example/again/?api-version=2021-04-12`
  await refused({ deviceId: 'again', deviceKey, username })

  const listed = await operator(world, 'GET', `hub-refusals?hub=${world.host}`)
  const [newest] = listed.filter(({ deviceId }: { deviceId: string }) => deviceId === 'again')
  expect(newest).toMatchObject({ hub: world.host, hubCode: 'IotHubUnauthorized', times: 4, transport: 'mqtt' })
  expect(newest.message).toContain('expired')
  expect(newest).not.toHaveProperty('cutOff')
  expect((await operator(world, 'GET', 'overview')).hubRefusals).toContainEqual(
    expect.objectContaining({ reason: 'IotHubNotFound', count: 1 }),
  )
  expect(await operator(world, 'GET', 'hub-refusals?hub=elsewhere.example')).toMatchObject([
    { deviceId: 'again', times: 1, hub: 'elsewhere.example', hubCode: 'IotHubNotFound' },
  ])
  const { stdout } = await landfall(['hub', 'refusals', '--data', world.dir])
  expect(stdout).toMatch(new RegExp(`again +4 +${newest.trackingId} +.*expired`))
  expect((await explain(newest.trackingId)).stdout).toContain('expired')
  const told = await readUntil(events, (text) => text.includes('elsewhere.example'))
  expect(told.match(/"registrationId":"again"/g)).toHaveLength(2)
  expect(told).toContain('"hubCode":"IotHubUnauthorized"')
  events.destroy()
})

test('two devices with one id are told of, though both are let in', async () => {
  const deviceKey = await makeDevice(world, 'double')
  const first = await connectDevice(world, { deviceId: 'double', deviceKey })
  const second = await connectDevice(world, { deviceId: 'double', deviceKey })
  await first.gone
  await hub(world, 'PUT /devices/double', { deviceId: 'double', status: 'disabled' }, { 'if-match': '*' })
  await second.gone
  const { stdout } = await explain('--device-id', 'double', '--limit', '5')
  expect(stdout).toContain(`The hub "${world.host}" had let it in.`)
  expect(stdout).toContain('Two with one id cut each other off for ever.')
  expect(stdout).toContain('cut off by its hub: The device "double" is disabled on the hub')
  const listed = await operator(world, 'GET', 'hub-refusals')
  const ofDouble = listed.filter(({ deviceId }: { deviceId: string }) => deviceId === 'double')
  expect(ofDouble.map(({ hubCode }: { hubCode: string }) => hubCode)).toEqual([
    'DeviceDisabled',
    'ConnectionForcefullyClosedOnNewConnection',
  ])
  expect(ofDouble.map(({ cutOff }: { cutOff?: boolean }) => cutOff)).toEqual([true, true])
})

test('a device that goes by itself, or with the network, is no refusal', async () => {
  const deviceKey = await makeDevice(world, 'leaves')
  const device = await connectDevice(world, { deviceId: 'leaves', deviceKey })
  await device.client.endAsync()
  const lost = await connectDevice(world, { deviceId: 'leaves', deviceKey })
  lost.client.stream.destroy()
  await lost.gone
  const listed = await operator(world, 'GET', 'hub-refusals')
  expect(listed.map(({ deviceId }: { deviceId: string }) => deviceId)).not.toContain('leaves')
})
