/** A device that reaches for what is not its own, over each protocol: it gets nothing, and nothing is changed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld, type World } from '../world.ts'
import { dialAmqp, putToken, refusalOf } from './amqp-rig.ts'
import { askingByHttps, type Cutting, cuttingIn, type Known } from './cut-rig.ts'
import { connectDevice, hub, makeModule, telemetryOf } from './rig.ts'

let world: World
let cutting: Cutting
let nosy: Known
let watched: Known
let moduleKey: string
beforeAll(async () => {
  world = await startWorld()
  cutting = cuttingIn(world)
  nosy = await cutting.known()
  watched = await cutting.known()
  moduleKey = await makeModule(world, nosy.deviceId, 'm')
  await cutting.sendMail(watched, 'for the watched')
})
afterAll(() => world[Symbol.asyncDispose]())

const paths = (text: string) => text.replaceAll('{own}', nosy.deviceId).replaceAll('{other}', watched.deviceId)

const filters = [
  ['#', 128],
  ['+/+/messages/devicebound/#', 128],
  ['devices/+/messages/devicebound/#', 128],
  ['devices/{other}/messages/devicebound/#', 128],
  ['devices/{other}/messages/events/#', 128],
  ['devices/{own}/messages/events/#', 128],
  ['devices/{own}/modules/m/#', 128],
  ['$iothub/#', 128],
  ['$iothub/twin/#', 128],
  ['$iothub/+/POST/#', 128],
  ['$SYS/#', 128],
  ['$share/group/devices/{other}/messages/devicebound/#', 128],
  ['devices/{own}/messages/devicebound/#', 0],
  ['$iothub/twin/res/#', 0],
] as const

test.each(filters)('over MQTT the filter %s is granted with %i', async (filter, code) => {
  const { client } = await connectDevice(world, nosy)
  const granted = await new Promise((resolve) =>
    client.subscribe(paths(filter), { qos: 0 }, (_error, _granted, packet) => resolve(packet?.granted[0])),
  )
  expect(granted).toBe(code)
  await client.endAsync()
})

test.each([
  'devices/{other}/messages/events/',
  'devices/{own}/../{other}/messages/events/',
  'devices/{own}/modules/m/messages/events/',
  'devices/{own}/messages/devicebound/',
  'devices/{other}/messages/devicebound/',
  '$iothub/methods/POST/go/?$rid=1',
  '$iothub/twin/PATCH/properties/desired/?$version=2',
  '$iothub/twin/res/200/?$rid=1',
])('over MQTT a message to %s cuts the device off', async (topic) => {
  const device = await connectDevice(world, nosy)
  device.client.publish(paths(topic), '{"stolen":true}', { qos: 1 }, () => {})
  await device.gone
  for (const { deviceId } of [nosy, watched]) expect(await telemetryOf(world, deviceId)).toEqual([])
})

test.each([
  'devices/{own}/messages/events/',
  'devices/{own}/modules/other/messages/events/',
  'devices/{other}/modules/m/messages/events/',
])('over MQTT a module that sends to %s is cut off', async (topic) => {
  const module = await connectDevice(world, { deviceId: nosy.deviceId, moduleId: 'm', deviceKey: moduleKey })
  module.client.publish(paths(topic), 'x', { qos: 1 }, () => {})
  await module.gone
  for (const { deviceId } of [nosy, watched]) expect(await telemetryOf(world, deviceId)).toEqual([])
})

test.each([
  '/devices/{own}/messages/events',
  '/devices/{own}/messages/devicebound',
  '/devices/{own}/twin',
  '/devices/{own}/methods/devicebound',
  '/devices/{own}/modules/other/messages/events',
  '/devices/{other}/modules/m/twin',
  '/messages/events/ConsumerGroups/$Default/Partitions/0',
  '/messages/serviceBound/feedback',
])('over AMQP a module does not reach %s', async (address) => {
  const connection = dialAmqp(world)
  const resource = `${world.host}/devices/${nosy.deviceId}/modules/m`
  await putToken(connection, makeToken({ resource, key: moduleKey, expiry: Date.now() + 3600_000 }))
  const receiver = connection.open_receiver({ source: { address: paths(address) } } as never)
  expect((await refusalOf(receiver)).condition).toMatch(/^amqp:(unauthorized-access|not-found)$/)
  connection.close()
})

test.each([
  'POST /devices/{other}/messages/events',
  'GET /devices/{other}/messages/devicebound',
  'DELETE /devices/{other}/messages/devicebound/00000000-0000-0000-0000-000000000000',
  'POST /devices/{other}/messages/devicebound/00000000-0000-0000-0000-000000000000/abandon',
  'GET /devices/{own}/../{other}/messages/devicebound',
  'GET /devices/{own}',
  'GET /devices/{other}',
  'DELETE /devices/{other}',
  'GET /devices',
  'GET /twins/{own}',
  'PATCH /twins/{other}',
  'POST /twins/{other}/methods',
  'POST /devices/query',
  'POST /devices',
  'DELETE /devices/{other}/commands',
  'GET /statistics/devices',
  'PUT /jobs/v2/mine',
  'GET /landfall/hubs',
])('over HTTPS a device asks %s and is refused', async (line) => {
  const [method = '', path = ''] = paths(line).split(' ')
  const { ask, close } = askingByHttps(world, nosy)
  const answer = await ask(`${method} ${path}`, method === 'GET' || method === 'DELETE' ? '' : '{}')
  expect(answer?.status).toBe(401)
  expect((await hub(world, `GET /devices/${watched.deviceId}`)).body).toMatchObject({ cloudToDeviceMessageCount: 1 })
  expect(await telemetryOf(world, watched.deviceId)).toEqual([])
  close()
})
