import { expect, test } from 'vitest'
import { host, startOperator } from '../../test/operator-api/world.ts'
import { createDevice } from '../hub/registry.ts'
import { hubNameOf, parseDeviceId } from '../ids.ts'
import { realRandom as random } from '../system.ts'

async function withDevice() {
  const world = await startOperator()
  const place = { hub: hubNameOf(host), deviceId: parseDeviceId('pump-1'), at: world.clock.now() }
  await createDevice({ store: world.store, random }, place, { status: 'enabled', iotEdge: false })
  return world
}

const path = `/hubs/${host}/devices/pump-1`

test('the twin of a device is shown as its hub has it', async () => {
  await using world = await withDevice()
  expect(await world.ask('GET', `${path}/twin`)).toMatchObject({
    status: 200,
    body: { deviceId: 'pump-1', connectionState: 'Disconnected', properties: { desired: { $version: 1 } } },
  })
})

test('a message waits for its device, and what the queue does not take is said', async () => {
  await using world = await withDevice()
  expect(await world.ask('POST', `${path}/messages`, { body: 'hello', messageId: 'm-1' })).toEqual({
    status: 202,
    body: { messageId: 'm-1', waiting: 1 },
  })
  const large = await world.ask('POST', `${path}/messages`, { body: 'x'.repeat(70_000) })
  expect(large).toMatchObject({ status: 413, body: { info: { reason: 'message_too_large' } } })
})

test.each([
  ['POST', `${path}/methods`, { methodName: 'reboot' }, 404, 'device_not_online'],
  ['POST', `${path}/methods`, {}, 400, 'invalid'],
  ['POST', `/hubs/${host}/devices/nobody/methods`, { methodName: 'reboot' }, 404, 'hub_device_not_found'],
  ['POST', `/hubs/${host}/devices/nobody/messages`, { body: '' }, 404, 'hub_device_not_found'],
  ['GET', `/hubs/${host}/devices/nobody/twin`, undefined, 404, 'hub_device_not_found'],
  ['GET', '/hubs/elsewhere.example/devices/pump-1/twin', undefined, 404, 'hub_not_found'],
  ['GET', `/hubs/${host}/telemetry?since=noon`, undefined, 400, 'invalid'],
] as const)('%s %s with %j is refused with %i, %s', async (method, asked, body, status, reason) => {
  await using world = await withDevice()
  expect(await world.ask(method, asked, body)).toMatchObject({ status, body: { info: { reason } } })
})
