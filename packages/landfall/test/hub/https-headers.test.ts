/** What a device over HTTPS is answered, in the letter case in which it stands on the wire. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { expect, test } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { startWorld } from '../world.ts'
import { hubOf, makeDevice } from './rig.ts'

// azure-iot-sdk-c iothubtransporthttp.c compares "ETag" letter by letter, and gives properties to its user as they came
test('a message comes with an ETag and its properties as they were written', async () => {
  await using world = await startWorld()
  const key = await makeDevice(world, 'literal')
  const letter = {
    body: Buffer.from('x'),
    properties: { RoomNumber: '7' },
    system: { messageId: 'm' },
    ack: 'none',
  } as const
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId: 'literal' as DeviceId }, letter)
  const authorization = makeToken({ resource: `${world.host}/devices/literal`, key, expiry: Date.now() + 3_600_000 })
  const asked = request({
    host: world.host,
    port: world.connection.ports.https,
    path: '/devices/literal/messages/devicebound?api-version=2020-09-30',
    headers: { authorization },
    ca: readFileSync(world.connection.rootCaPath),
    agent: false,
  }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  expect(answer.statusCode).toBe(200)
  const names = answer.rawHeaders.filter((_, at) => at % 2 === 0)
  expect(names).toEqual(expect.arrayContaining(['ETag', 'iothub-messageid', 'iothub-app-RoomNumber']))
})
