/** A key of a hub that leaked: made anew, without stopping anything, and the other key goes on working. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { connectDevice, makeDevice } from '../hub/rig.ts'
import { operator } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { landfall, landfallJson } from './landfall.ts'

interface Policy {
  readonly name: string
  readonly rights: readonly string[]
  readonly primaryKey: string
  readonly secondaryKey: string
  readonly connectionString: string
}

const asOwner = async (world: World, key: string) => {
  const authorization = makeToken({
    resource: world.host,
    key,
    policyName: 'iothubowner',
    expiry: Date.now() + 3600_000,
  })
  const url = `https://${world.authority}/devices/nobody?api-version=2021-04-12`
  return (await world.fetch(url, { headers: { authorization } })).status
}

test('its tokens are refused from then on, the other key and what is told of the service are good', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  const policies = (await landfallJson(['hub', 'policies', '--keys', ...at])) as Policy[]
  const owner = policies.find(({ name }) => name === 'iothubowner')
  expect(await asOwner(world, owner?.primaryKey ?? '')).toBe(404)
  expect(await asOwner(world, owner?.secondaryKey ?? '')).toBe(404)

  const rotated = (await landfallJson(['hub', 'rotate', 'iothubowner', '--key', 'primary', ...at])) as Policy
  expect(rotated).toMatchObject({ name: 'iothubowner', rights: owner?.rights, secondaryKey: owner?.secondaryKey })
  expect(Buffer.from(rotated.primaryKey, 'base64')).toHaveLength(32)
  expect(rotated.connectionString).toContain(`SharedAccessKeyName=iothubowner;SharedAccessKey=${rotated.primaryKey}`)
  expect(await asOwner(world, owner?.primaryKey ?? '')).toBe(401)
  expect(await asOwner(world, owner?.secondaryKey ?? '')).toBe(404)
  expect(await asOwner(world, rotated.primaryKey)).toBe(404)
  // what commands and programs read
  const told = JSON.parse(readFileSync(join(world.dir, 'connection.json'), 'utf8'))
  expect(told.hubConnectionString).toBe(rotated.connectionString)
  expect((await landfall(['env', ...at])).stdout).toContain(rotated.primaryKey)
})

test('a swap is a swap, and other policies stay as they are', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  const before = (await landfallJson(['hub', 'policies', '--keys', ...at])) as Policy[]
  await landfallJson(['hub', 'rotate', 'service', '--key', 'swap', '--hub', world.host, ...at])
  const after = (await landfallJson(['hub', 'policies', '--keys', ...at])) as Policy[]
  expect(after.map(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey])).toEqual(
    before.map(({ name, primaryKey, secondaryKey }) =>
      name === 'service' ? [secondaryKey, primaryKey] : [primaryKey, secondaryKey],
    ),
  )
  expect((await landfall(['hub', 'policies', ...at])).stdout).not.toContain('SharedAccessKey')
})

test('the commands go on after the key of the service itself was made anew', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  await landfallJson(['policy', 'rotate', 'provisioningserviceowner', '--key', 'primary', ...at])
  expect((await landfall(['policy', 'list', ...at])).code).toBe(0)
})

test('a device that came in by the key is cut off, one that came by its own stays', async () => {
  await using world = await startWorld()
  const policies = (await operator(world, 'GET', `hubs/${world.host}/policies?keys=true`)) as Policy[]
  const key = policies.find(({ name }) => name === 'device')?.primaryKey ?? ''
  const ownKey = await makeDevice(world, 'own-key')
  await makeDevice(world, 'by-policy')
  const expiry = Date.now() + 3600_000
  const password = makeToken({ resource: `${world.host}/devices/by-policy`, key, policyName: 'device', expiry })
  const byPolicy = await connectDevice(world, { deviceId: 'by-policy', password })
  const own = await connectDevice(world, { deviceId: 'own-key', deviceKey: ownKey })
  await operator(world, 'POST', `hubs/${world.host}/policies/device/rotate`, { key: 'primary' })
  await byPolicy.gone
  await own.client.publishAsync('devices/own-key/messages/events/', 'still here', { qos: 1 })
  await own.client.endAsync()
})

test('who did it is in the audit log, the keys are not', async () => {
  await using world = await startWorld()
  const [owner] = (await operator(world, 'GET', `hubs/${world.host}/policies?keys=true`)) as Policy[]
  const rotated = await operator(world, 'POST', `hubs/${world.host}/policies/iothubowner/rotate`, { key: 'secondary' })
  const told = await landfall(['audit', '--data', world.dir, '--json'])
  expect(told.stdout).toContain('/policies/iothubowner/rotate')
  for (const key of [owner?.primaryKey, owner?.secondaryKey, rotated.secondaryKey])
    expect(told.stdout).not.toContain(key)
})

test.each([
  [['rotate', 'nobody', '--key', 'primary'], 3, 'no shared access policy "nobody"'],
  [['rotate', 'service', '--key', 'both'], 2, '--key'],
  [['policies', '--hub', 'elsewhere.example'], 3, 'elsewhere.example'],
])('hub %j ends with %i and says why', async (args, code, why) => {
  await using world = await startWorld()
  expect(await landfall(['hub', ...args, '--data', world.dir])).toMatchObject({
    code,
    stderr: expect.stringContaining(why),
  })
})
