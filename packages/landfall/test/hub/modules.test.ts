/** Modules of a device as connections of their own (contract/iot-hub 5, 10.1, 10.9, 10.18). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DeviceId, hubNameOf, type ModuleId } from '../../src/ids.ts'
import { realRandom } from '../../src/system.ts'
import { issueDevice } from '../../src/x509/issue.ts'
import { makeTestCa, proveRoot, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { answerTopic, connectDevice, type DeviceOrder, hub, makeDevice, makeModule, telemetryOf } from './rig.ts'

let world: World
let ca: TestCa
beforeAll(async () => {
  world = await startWorld()
  ca = await makeTestCa(world)
  await proveRoot(world, ca)
})
afterAll(() => world[Symbol.asyncDispose]())

const force = { 'if-match': '*' }
const eventsOf = ({ deviceId, moduleId }: DeviceOrder) => `devices/${deviceId}/modules/${moduleId}/messages/events/`

async function comesIn(order: DeviceOrder): Promise<boolean> {
  const module = await connectDevice(world, order)
  await module.client.publishAsync(eventsOf(order), 'in', { qos: 1 })
  await module.client.endAsync()
  return true
}
const refusedWith = (order: DeviceOrder) =>
  connectDevice(world, order).then(
    () => 0,
    (error) => error.code,
  )

async function moduleOf(deviceId: string, more: object = {}) {
  const deviceKey = await makeDevice(world, deviceId, more)
  const order = { deviceId, moduleId: 'm', deviceKey: await makeModule(world, deviceId, 'm') }
  return { deviceKey, order }
}

test('a module comes in with its own keys, not with those of a sibling', async () => {
  const { order } = await moduleOf('owner')
  const sibling = await makeModule(world, 'owner', 'sibling')
  expect(await comesIn(order)).toBe(true)
  expect(await refusedWith({ ...order, deviceKey: sibling })).toBe(5)
  expect(await refusedWith({ ...order, moduleId: 'absent' })).toBe(5)
  expect(await refusedWith({ deviceId: 'owner', deviceKey: order.deviceKey })).toBe(5)
  expect((await telemetryOf(world, 'owner'))[0]).toMatchObject({
    moduleId: 'm',
    authMethod: '{"scope":"module","type":"sas","issuer":"iothub"}',
    generationId: (await hub(world, 'GET /devices/owner/modules/m')).body.generationId,
  })
})

test('a module comes in by its thumbprint, and below a verified CA by both names', async () => {
  await makeDevice(world, 'papers')
  const { certificate, key, issued } = await ca.device('papers')
  const shown = { deviceId: 'papers', cert: readFileSync(certificate), key: readFileSync(key) }
  const x509Thumbprint = { primaryThumbprint: issued.certificate.sha256Thumbprint }
  await makeModule(world, 'papers', 'printed', { authentication: { type: 'selfSigned', x509Thumbprint } })
  expect(await comesIn({ ...shown, moduleId: 'printed' })).toBe(true)
  await makeModule(world, 'papers', 'below', { authentication: { type: 'certificateAuthority' } })
  expect(await refusedWith({ ...shown, moduleId: 'below' })).toBe(5)
  const named = { registrationId: 'papers/below', at: world.clock.now(), random: realRandom, days: 30 }
  const { pem, keyPem } = await issueDevice({ ...named, ca: ca.intermediate })
  expect(await comesIn({ ...shown, moduleId: 'below', cert: pem + ca.intermediate.pem, key: keyPem })).toBe(true)
})

// azure-iot-sdk-java iot-e2e-tests DeviceConnectionString.java: so it connects each module
test.each(['m', '$edgeHub'])(
  '%s comes in with the key of its device too, and goes when that key goes',
  async (moduleId) => {
    const deviceId = `lends-to-${moduleId}`
    const deviceKey = await makeDevice(world, deviceId, { capabilities: { iotEdge: true } })
    if (moduleId === 'm') await makeModule(world, deviceId, moduleId)
    const order = { deviceId, moduleId, deviceKey }
    expect(await comesIn(order)).toBe(true)
    const module = await connectDevice(world, order)
    const authentication = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }
    await hub(world, `PUT /devices/${deviceId}`, { deviceId, authentication, capabilities: { iotEdge: true } }, force)
    await module.gone
    expect(await refusedWith(order)).toBe(5)
  },
)

test('$edgeHub comes in with the certificate of its device, which no other module does', async () => {
  const { certificate, key, issued } = await ca.device('edge-x509')
  const x509Thumbprint = { primaryThumbprint: issued.certificate.sha256Thumbprint }
  const authentication = { type: 'selfSigned', x509Thumbprint }
  await makeDevice(world, 'edge-x509', { authentication, capabilities: { iotEdge: true } })
  const shown = { cert: readFileSync(certificate), key: readFileSync(key) }
  expect(await comesIn({ deviceId: 'edge-x509', moduleId: '$edgeHub', ...shown })).toBe(true)
  expect(await refusedWith({ deviceId: 'edge-x509', moduleId: '$edgeAgent', ...shown })).toBe(5)
})

test('a module has a twin and methods of its own, beside those of its device', async () => {
  const { deviceKey, order } = await moduleOf('both')
  const device = await connectDevice(world, { deviceId: 'both', deviceKey })
  const module = await connectDevice(world, order)
  for (const { client } of [device, module])
    await client.subscribeAsync([
      '$iothub/twin/res/#',
      '$iothub/twin/PATCH/properties/desired/#',
      '$iothub/methods/POST/#',
    ])
  await hub(world, 'PATCH /twins/both/modules/m', { properties: { desired: { rate: 2 } } })
  expect(JSON.parse((await module.hears(/desired/)).payload)).toEqual({ rate: 2, $version: 2 })
  await module.client.publishAsync('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"rate":2}')
  await module.hears(/twin\/res\/204/)
  await module.client.publishAsync('$iothub/twin/GET/?$rid=2', ' ')
  expect(JSON.parse((await module.hears(/twin\/res\/200/)).payload)).toMatchObject({
    desired: { rate: 2 },
    reported: { rate: 2 },
  })
  const answered = hub(world, 'POST /twins/both/modules/m/methods', { methodName: 'go', payload: { a: 1 } })
  const call = await module.hears(/methods\/POST\/go/)
  expect(call.payload).toBe('{"a":1}')
  await module.client.publishAsync(answerTopic(call.topic, 203), '{"b":2}')
  expect(await answered).toEqual({ status: 200, body: { status: 203, payload: { b: 2 } } })
  await device.client.publishAsync('$iothub/twin/GET/?$rid=3', ' ')
  const ofDevice = await device.hears(/.*/)
  expect(JSON.parse(ofDevice.payload)).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } })
  await device.client.endAsync()
  await module.client.endAsync()
})

test('a method of a module that is absent, not there, or on a disabled device is refused as of a device', async () => {
  await moduleOf('quiet')
  const call = (path: string) => hub(world, `POST ${path}`, { methodName: 'go' })
  const absent = await call('/twins/quiet/modules/none/methods')
  expect([absent.status, absent.body.Message]).toEqual([404, expect.stringContaining('404010')])
  const away = await call('/twins/quiet/modules/m/methods')
  expect([away.status, away.body.Message]).toEqual([404, expect.stringContaining('404103')])
  await hub(world, 'PUT /devices/quiet', { deviceId: 'quiet', status: 'disabled' }, force)
  expect((await call('/twins/quiet/modules/m/methods')).body.Message).toContain('is disabled')
})

test('a module may listen to its inputs, and to nothing of its device', async () => {
  const { order } = await moduleOf('inputs')
  const module = await connectDevice(world, order)
  const subscribe = async (filter: string) =>
    module.client.subscribeAsync(filter).then(
      ([granted]) => granted?.qos,
      () => 128,
    )
  expect(await subscribe('devices/inputs/modules/m/inputs/#')).toBeLessThan(2)
  expect(await subscribe('devices/inputs/modules/m/#')).toBeLessThan(2)
  expect(await subscribe('devices/inputs/messages/devicebound/#')).toBe(128)
  module.client.publish('devices/inputs/messages/events/', 'x', { qos: 1 })
  await module.gone
  expect(await telemetryOf(world, 'inputs')).toEqual([])
})

test('a module is connected by itself, shown so, and a second connection takes over', async () => {
  const { order } = await moduleOf('shown')
  const counted = async () => (await hub(world, 'GET /statistics/service')).body.connectedDeviceCount
  const before = await counted()
  const first = await connectDevice(world, order)
  const second = await connectDevice(world, order)
  await first.gone
  expect(await counted()).toBe(before)
  const stateOf = async (path: string) => (await hub(world, `GET ${path}`)).body.connectionState
  expect(await stateOf('/devices/shown/modules/m')).toBe('Connected')
  expect(await stateOf('/twins/shown/modules/m')).toBe('Connected')
  expect(await stateOf('/devices/shown')).toBe('Disconnected')
  await second.client.endAsync()
  await expect.poll(() => stateOf('/devices/shown/modules/m')).toBe('Disconnected')
  expect((await hub(world, 'GET /devices/shown/modules/m')).body.lastActivityTime).not.toMatch(/^0001/)
})

const empty = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }
test.each([
  ['it is deleted', (id: string) => hub(world, `DELETE /devices/${id}/modules/m`, undefined, force)],
  [
    'it is given other keys',
    (id: string) =>
      hub(world, `PUT /devices/${id}/modules/m`, { deviceId: id, moduleId: 'm', authentication: empty }, force),
  ],
  [
    'its device is disabled',
    (id: string) => hub(world, `PUT /devices/${id}`, { deviceId: id, status: 'disabled' }, force),
  ],
  ['its device is deleted', (id: string) => hub(world, `DELETE /devices/${id}`, undefined, force)],
])('a module is cut off at once when %s', async (what, change) => {
  const { order } = await moduleOf(`cut-${what.replaceAll(' ', '-')}`)
  const module = await connectDevice(world, order)
  await change(order.deviceId)
  await module.gone
  expect(await refusedWith(order)).toBe(5)
})

test('a module stays when its device is given other keys, and messages to the device are not for it', async () => {
  const { order } = await moduleOf('stays')
  const module = await connectDevice(world, order)
  await hub(world, 'PUT /devices/stays', { deviceId: 'stays', authentication: empty }, force)
  const to = { hub: hubNameOf(world.host), deviceId: 'stays' as DeviceId }
  const letter = { body: Buffer.from('x'), properties: {}, system: {}, ack: 'none' } as const
  await world.devices.sendCloudMessage(to, letter)
  await module.client.publishAsync(eventsOf(order), 'still here', { qos: 1 })
  expect(module.heard).toEqual([])
  expect((await world.devices.presenceOf({ ...to, moduleId: 'm' as ModuleId })).isConnected).toBe(true)
  await module.client.endAsync()
})
