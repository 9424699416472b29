/** Who is let in, who is cut off, and when (contract/iot-hub 2, 4.15, 10.3-10.6, checklist 11, 12, 22). */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { makeTestCa, operator, proveRoot, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { connectDevice, type DeviceOrder, hub, makeDevice, telemetryOf } from './rig.ts'

let world: World
let ca: TestCa
let strangers: TestCa
beforeAll(async () => {
  world = await startWorld()
  ca = await makeTestCa(world)
  strangers = await makeTestCa(world, 'Other')
  await proveRoot(world, ca)
})
afterAll(() => world[Symbol.asyncDispose]())

async function comesIn(order: DeviceOrder): Promise<boolean> {
  const device = await connectDevice(world, order)
  await device.client.publishAsync(`devices/${order.deviceId}/messages/events/`, 'in', { qos: 1 })
  await device.client.endAsync()
  return true
}
const refusedWith = (order: DeviceOrder) =>
  connectDevice(world, order).then(
    () => 0,
    (error) => error.code,
  )

async function policyToken(policyName: string, resource: string): Promise<string> {
  const { connectionStrings } = await operator(world, 'GET', `hubs/${world.host}?keys=true`)
  const [, key = ''] =
    new RegExp(`SharedAccessKeyName=${policyName};SharedAccessKey=([^"]+)"`).exec(JSON.stringify(connectionStrings)) ??
    []
  return makeToken({ resource, key, policyName, expiry: Date.now() + 3600_000 })
}

describe('a device with a symmetric key', () => {
  test('comes in with either key, its user name in any of the known forms', async () => {
    const primary = await makeDevice(world, 'keyed')
    const { body } = await hub(world, 'GET /devices/keyed')
    const { secondaryKey } = body.authentication.symmetricKey
    expect(await comesIn({ deviceId: 'keyed', deviceKey: primary })).toBe(true)
    for (const query of ['', '/', '/api-version=2016-11-14', '/?api-version=2021-04-12&DeviceClientType=a%2Fb'])
      expect(await comesIn({ deviceId: 'keyed', deviceKey: secondaryKey, query })).toBe(true)
    expect((await telemetryOf(world, 'keyed')).length).toBe(5)
  })

  test('whose id is full of signs comes in, and one that is not its client id does not', async () => {
    const deviceId = "a:b.c%_*?!(),=@;$'"
    const deviceKey = await makeDevice(world, deviceId)
    const device = await connectDevice(world, { deviceId, deviceKey })
    await device.client.endAsync()
    expect(await refusedWith({ deviceId, deviceKey, clientId: 'other' })).toBe(5)
  })

  const anyKey = Buffer.alloc(32).toString('base64')
  const tokenFor = (resource: string, key: string) => makeToken({ resource, key, expiry: Date.now() + 3600_000 })
  test.each([
    ['another key', () => ({ deviceKey: anyKey })],
    ['an expired token', () => ({ tokenExpiry: Date.now() - 600_000 })],
    ['a password that is none', () => ({ password: 'secret' })],
    ['no password at all', () => ({ deviceKey: '' })],
    [
      'a token for a device whose id its own begins with',
      (key: string) => ({ password: tokenFor(`${world.host}/devices/ref`, key) }),
    ],
    ['a token for another host', (key: string) => ({ password: tokenFor('elsewhere.example/devices/refused', key) })],
  ])('is refused with %s', async (what, more) => {
    const deviceId = `refused-${what.replaceAll(' ', '-')}`
    const deviceKey = await makeDevice(world, deviceId)
    expect(await refusedWith({ deviceId, deviceKey, ...more(deviceKey) })).toBe(5)
  })

  test('is refused where it is disabled, unknown, or on a hub that is not here', async () => {
    const deviceKey = await makeDevice(world, 'off', { status: 'disabled' })
    expect(await refusedWith({ deviceId: 'off', deviceKey })).toBe(5)
    expect(await refusedWith({ deviceId: 'unknown', deviceKey })).toBe(5)
    expect(
      await refusedWith({ deviceId: 'off', deviceKey, username: 'elsewhere.example/off/?api-version=2021-04-12' }),
    ).toBe(5)
  })

  test('comes in with the token of a policy that may connect devices, and with no other', async () => {
    await makeDevice(world, 'by-policy')
    const resource = `${world.host}/devices/by-policy`
    const order = { deviceId: 'by-policy' }
    expect(await comesIn({ ...order, password: await policyToken('device', resource) })).toBe(true)
    expect(await comesIn({ ...order, password: await policyToken('iothubowner', world.host) })).toBe(true)
    expect(await refusedWith({ ...order, password: await policyToken('service', resource) })).toBe(5)
    expect(await refusedWith({ ...order, password: await policyToken('device', `${world.host}/devices/by-p`) })).toBe(5)
    expect((await telemetryOf(world, 'by-policy'))[0]?.authMethod).toContain('"scope":"hub"')
  })
})

describe('a device with a certificate', () => {
  const shown = async (id: string, of = ca) => {
    const { certificate, key, issued } = await of.device(id)
    return { cert: readFileSync(certificate), key: readFileSync(key), issued }
  }
  const known = (primaryThumbprint: string) => ({
    authentication: { type: 'selfSigned', x509Thumbprint: { primaryThumbprint } },
  })

  test('comes in by its SHA-1 and by its SHA-256 thumbprint, and with no other certificate', async () => {
    const own = await shown('printed')
    const other = await shown('printed')
    await makeDevice(world, 'printed', known(own.issued.certificate.sha1Thumbprint.toLowerCase()))
    const order = { deviceId: 'printed', cert: own.cert, key: own.key }
    expect(await comesIn(order)).toBe(true)
    expect((await telemetryOf(world, 'printed'))[0]?.authMethod).toContain('"type":"x509"')
    const longer = known(own.issued.certificate.sha256Thumbprint)
    await hub(world, 'PUT /devices/printed', { deviceId: 'printed', ...longer }, { 'if-match': '*' })
    expect(await comesIn(order)).toBe(true)
    expect(await refusedWith({ ...order, cert: other.cert, key: other.key })).toBe(5)
    expect(await refusedWith({ deviceId: 'printed' })).toBe(5)
  })

  test('comes in below a verified CA if it bears its name, and not from another CA', async () => {
    const byCa = { authentication: { type: 'certificateAuthority' } }
    for (const id of ['below', 'Below']) await makeDevice(world, id, byCa)
    const { cert, key } = await shown('below')
    expect(await comesIn({ deviceId: 'below', cert, key })).toBe(true)
    expect(await refusedWith({ deviceId: 'Below', cert, key })).toBe(5)
    const stranger = await shown('below', strangers)
    expect(await refusedWith({ deviceId: 'below', cert: stranger.cert, key: stranger.key })).toBe(5)
  })

  test('is not let in where the hub expects a key', async () => {
    await makeDevice(world, 'expects-key')
    const { cert, key } = await shown('expects-key')
    expect(await refusedWith({ deviceId: 'expects-key', cert, key })).toBe(5)
  })
})

describe('a device that a CA certificate let in', () => {
  const another = async (name: string) => makeTestCa(world, name)
  test.each([
    ['is deleted', (name: string) => operator(world, 'DELETE', `certificates/${name}?force=true`)],
    [
      'gives way to one that is not verified',
      async (name: string) =>
        operator(world, 'PUT', `certificates/${name}`, { certificate: (await another('Third')).root.pem }),
    ],
  ])('is cut off when that one %s, and nobody else is', async (what, revoke) => {
    const name = `root-${what.length}`
    const own = await another(name)
    await proveRoot(world, own, name)
    const come = async (id: string, of: TestCa) => {
      const deviceId = `${id}-${what.length}`
      await makeDevice(world, deviceId, { authentication: { type: 'certificateAuthority' } })
      const { certificate, key } = await of.device(deviceId)
      const order = { deviceId, cert: readFileSync(certificate), key: readFileSync(key) }
      return { order, device: await connectDevice(world, order) }
    }
    const revoked = await come('revoked', own)
    const other = await come('other-ca', ca)
    const deviceKey = await makeDevice(world, `keyed-${what.length}`)
    const keyed = await connectDevice(world, { deviceId: `keyed-${what.length}`, deviceKey })
    await revoke(name)
    await revoked.device.gone
    expect(await refusedWith(revoked.order)).toBe(5)
    for (const { client } of [other.device, keyed]) {
      const { clientId } = client.options
      await client.publishAsync(`devices/${clientId}/messages/events/`, 'still here', { qos: 1 })
      await client.endAsync()
    }
  })

  test('stays while the same certificate is verified under another name', async () => {
    const own = await another('Twice')
    for (const name of ['twice-a', 'twice-b']) await proveRoot(world, own, name)
    await makeDevice(world, 'vouched', { authentication: { type: 'certificateAuthority' } })
    const { certificate, key } = await own.device('vouched')
    const order = { deviceId: 'vouched', cert: readFileSync(certificate), key: readFileSync(key) }
    const device = await connectDevice(world, order)
    await operator(world, 'DELETE', 'certificates/twice-a?force=true')
    await device.client.publishAsync('devices/vouched/messages/events/', 'still here', { qos: 1 })
    await operator(world, 'DELETE', 'certificates/twice-b?force=true')
    await device.gone
  })
})

describe('a connected device', () => {
  test('gives way to a second connection of its id, which lives', async () => {
    const deviceKey = await makeDevice(world, 'twice')
    const first = await connectDevice(world, { deviceId: 'twice', deviceKey })
    const second = await connectDevice(world, { deviceId: 'twice', deviceKey })
    await first.gone
    await second.client.publishAsync('devices/twice/messages/events/', 'second', { qos: 1 })
    expect((await hub(world, 'GET /devices/twice')).body.connectionState).toBe('Connected')
    await second.client.endAsync()
    await expect.poll(async () => (await hub(world, 'GET /devices/twice')).body.connectionState).toBe('Disconnected')
    expect((await hub(world, 'GET /devices/twice')).body.lastActivityTime).not.toMatch(/^0001/)
  })

  const force = { 'if-match': '*' }
  test.each([
    ['disabled', (id: string) => hub(world, `PUT /devices/${id}`, { deviceId: id, status: 'disabled' }, force)],
    ['deleted', (id: string) => hub(world, `DELETE /devices/${id}`, undefined, force)],
    [
      'given other keys',
      (id: string) =>
        hub(
          world,
          `PUT /devices/${id}`,
          { deviceId: id, authentication: { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } } },
          force,
        ),
    ],
  ])('is cut off at once when it is %s', async (what, change) => {
    const deviceId = `cut-${what.replaceAll(' ', '-')}`
    const deviceKey = await makeDevice(world, deviceId)
    const device = await connectDevice(world, { deviceId, deviceKey })
    expect((await change(deviceId)).status).toBeLessThan(300)
    await device.gone
    expect(await refusedWith({ deviceId, deviceKey })).toBe(5)
  })

  test('stays when something else of it is changed', async () => {
    const deviceKey = await makeDevice(world, 'stays')
    const device = await connectDevice(world, { deviceId: 'stays', deviceKey })
    await hub(world, 'PUT /devices/stays', { deviceId: 'stays', statusReason: 'fine' }, force)
    await device.client.publishAsync('devices/stays/messages/events/', 'still here', { qos: 1 })
    await device.client.endAsync()
  })

  test('is counted while it is there', async () => {
    const before = (await hub(world, 'GET /statistics/service')).body.connectedDeviceCount
    const deviceKey = await makeDevice(world, 'counted')
    const device = await connectDevice(world, { deviceId: 'counted', deviceKey })
    expect((await hub(world, 'GET /statistics/service')).body.connectedDeviceCount).toBe(before + 1)
    await device.client.endAsync()
  })
})
