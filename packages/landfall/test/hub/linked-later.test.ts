/** A hub that is linked while the service runs: the next device is assigned to it and is let in there, under its name. */
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { attestation } from 'landfall-client'
import rhea from 'rhea'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { dialAmqp, next } from './amqp-rig.ts'
import { connectDevice } from './rig.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const inAnHour = () => Date.now() + 3_600_000

interface Assigned {
  readonly hub: string
  readonly deviceId: string
  readonly key: string
  readonly token: string
}

/** Registered by an enrollment that names the hub. */
async function assignTo(hub: string, registrationId: string): Promise<Assigned> {
  const enrollment = await world.client.individualEnrollments.createOrUpdate({
    registrationId,
    attestation: attestation.symmetricKey(),
    allocationPolicy: 'static',
    iotHubs: [hub],
  })
  const key = enrollment.attestation.symmetricKey?.primaryKey ?? ''
  const { connection, host } = world
  const rootPem = readFileSync(connection.rootCaPath, 'utf8')
  const at = { host, port: connection.ports.https, idScope: connection.idScope, rootPem }
  const { body } = await registerRaw({ ...at, registrationId, symmetricKey: key })
  expect(body.registrationState).toMatchObject({ status: 'assigned', assignedHub: hub })
  const resource = `${hub}/devices/${registrationId}`
  return { hub, deviceId: registrationId, key, token: makeToken({ resource, key, expiry: inAnHour() }) }
}

/** By the certificate of the service's own root, for the name of the hub. */
const byName = (hub: string) => ({ ca: readFileSync(world.connection.rootCaPath), servername: hub })

const ways: Record<string, (device: Assigned) => Promise<unknown>> = {
  async mqtt({ hub, deviceId, token: password }) {
    const username = `${hub}/${deviceId}/?api-version=2021-04-12`
    const { client } = await connectDevice(world, { deviceId, username, password, ...byName(hub) })
    await client.publishAsync(`devices/${deviceId}/messages/events/`, 'hello', { qos: 1 })
    await client.endAsync()
    return 'sent'
  },
  async amqp({ hub, deviceId, token: password }) {
    const username = `${deviceId}@sas.${hub}`
    const connection = dialAmqp(world, { hostname: hub, username, password, ...byName(hub) })
    const sender = connection.open_sender(`/devices/${deviceId}/messages/events`)
    await next(sender, 'sendable')
    sender.send({ body: rhea.message.data_section(Buffer.from('hello')) })
    await next(sender, 'accepted')
    connection.close()
    return 'sent'
  },
  https: ({ hub, deviceId, token: authorization }) =>
    new Promise((resolve, reject) => {
      const sent = request({
        ...byName(hub),
        host: world.host,
        port: world.connection.ports.https,
        method: 'POST',
        path: `/devices/${deviceId}/messages/events?api-version=2021-04-12`,
        headers: { host: hub, authorization },
      })
      sent.once('error', reject)
      sent.once('response', (answer) => resolve(answer.resume().statusCode === 204 ? 'sent' : answer.statusCode))
      sent.end('hello')
    }),
}

test.each(Object.keys(ways))('its first device comes in over %s, by its name and certificate, at once', async (way) => {
  const hub = `${way}-plant.example`
  await operator(world, 'PUT', `hubs/${hub}`, { kind: 'embedded' })
  const device = await assignTo(hub, `first-by-${way}`)
  expect(await ways[way]?.(device)).toBe('sent')
})

test('tokens for its name are accepted from the moment it is linked, and no more once it is deleted', async () => {
  const hub = 'short-lived.example'
  const ask = async () => {
    const [, policyName = '', key = ''] =
      /SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(world.connection.serviceConnectionString) ?? []
    const authorization = makeToken({ resource: hub, key, policyName, expiry: inAnHour() })
    return world.fetch(`https://${world.authority}/landfall/instance`, { headers: { authorization } })
  }
  expect((await ask()).status).toBe(401)
  await operator(world, 'PUT', `hubs/${hub}`, { kind: 'embedded' })
  expect(await (await ask()).json()).toMatchObject({ hostnames: expect.arrayContaining([hub]) })
  const device = await assignTo(hub, 'lodger')
  await operator(world, 'DELETE', `hubs/${hub}?force=true`)
  expect((await ask()).status).toBe(401)
  // nor is it another hub's name now
  expect(await ways.https?.(device)).toBe(404)
})
