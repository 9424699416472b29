/** The published management SDK for Node, unmodified, given our endpoint, trust and a token of ours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { issueIntermediate, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { startWorld, type World } from '../world.ts'
import type { ArmCalled, ArmOrder } from './arm-client.ts'
import { makePrincipal } from './principal.ts'
import { runClient } from './run.ts'

let world: World
let token: string

beforeAll(async () => {
  world = await startWorld()
  token = (await makePrincipal(world, 'contributor', 'contributor')).token
})
afterAll(() => world[Symbol.asyncDispose]())

const arm = (calls: ArmOrder['calls'], more: Partial<ArmOrder> = {}) =>
  runClient<readonly ArmCalled[]>(world, 'arm-client.ts', {
    endpoint: `https://${world.authority}`,
    token,
    calls,
    ...more,
  })
async function one(...call: ArmOrder['calls'][number]): Promise<ArmCalled> {
  const [called] = await arm([call])
  return called ?? {}
}

/** A program reads the service, changes what it read, and writes it back. */
const get = ['iotDpsResource.get', 'landfall', 'landfall'] as const
const service = { location: 'local', sku: { name: 'S1', capacity: 1 } }
const save = (properties: object, more: object = {}) =>
  ['iotDpsResource.createOrUpdate', 'landfall', 'landfall', { ...service, properties, ...more }] as const

describe('@azure/arm-deviceprovisioningservices', () => {
  test('reads the service, lists it, its sizes and the operations there are, and asks for a name', async () => {
    const [read, inGroup, inSubscription, skus, operations, name, links, endpoints] = await arm([
      get,
      ['iotDpsResource.listByResourceGroup', 'landfall'],
      ['iotDpsResource.listBySubscription'],
      ['iotDpsResource.listValidSkus', 'landfall', 'landfall'],
      ['operations.list'],
      ['iotDpsResource.checkProvisioningServiceNameAvailability', { name: 'landfall' }],
      ['iotDpsResource.listPrivateLinkResources', 'landfall', 'landfall'],
      ['iotDpsResource.listPrivateEndpointConnections', 'landfall', 'landfall'],
    ])
    expect(read?.body).toMatchObject({
      name: 'landfall',
      properties: {
        idScope: world.connection.idScope,
        serviceOperationsHostName: world.authority,
        state: 'Active',
        allocationPolicy: 'Hashed',
      },
      sku: { name: 'S1', capacity: 1 },
    })
    expect(inGroup?.body).toEqual([read?.body])
    expect(inSubscription?.body).toEqual([read?.body])
    expect(skus?.body).toEqual([{ name: 'S1' }])
    expect(operations?.body[0]).toMatchObject({ name: 'Microsoft.Devices/provisioningServices/read' })
    expect(name?.body).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' })
    expect(links?.body).toEqual({ value: [] })
    expect(endpoints?.body).toEqual([])
  })

  test('writes back what it read, and every key stays', async () => {
    const [keys, read] = await arm([['iotDpsResource.listKeys', 'landfall', 'landfall'], get])
    const [saved, after, hubs] = await arm([
      save(read?.body.properties, { tags: { plant: '7' }, etag: read?.body.etag }),
      ['iotDpsResource.listKeys', 'landfall', 'landfall'],
      get,
    ])
    expect(saved?.body).toMatchObject({ tags: { plant: '7' }, properties: { provisioningState: 'Succeeded' } })
    expect(after?.body).toEqual(keys?.body)
    expect(hubs?.body.properties.iotHubs).toEqual(read?.body.properties.iotHubs)
    expect(await one('iotDpsResource.update', 'landfall', 'landfall', { tags: {} })).toMatchObject({
      body: { tags: {} },
    })
  })

  test('adds a policy, rotates its primary key alone, and removes it', async () => {
    const list = ['iotDpsResource.listKeys', 'landfall', 'landfall'] as const
    const shown = ['iotDpsResource.listKeysForKeyName', 'landfall', 'line-7', 'landfall'] as const
    const [owner] = (await one(...list)).body
    const [, made] = await arm([
      save({ authorizationPolicies: [owner, { keyName: 'line-7', rights: 'EnrollmentWrite' }] }),
      shown,
    ])
    const { primaryKey: _, ...kept } = made?.body ?? {}
    const [rotated, again] = await arm([save({ authorizationPolicies: [owner, kept] }), shown])
    expect(rotated?.body.properties.authorizationPolicies).toEqual([owner, again?.body])
    expect(again?.body).toMatchObject({ secondaryKey: made?.body.secondaryKey, rights: 'EnrollmentWrite' })
    expect(again?.body.primaryKey).not.toBe(made?.body.primaryKey)
    const [, left, gone] = await arm([save({ authorizationPolicies: [owner] }), list, shown])
    expect(left?.body).toEqual([owner])
    expect(gone?.error).toMatchObject({ statusCode: 404, message: expect.stringContaining('"line-7"') })
  })

  test('links a hub, changes its weight without its key, and unlinks it', async () => {
    const connectionString = `HostName=plant.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${Buffer.alloc(32, 1).toString('base64')}`
    const own = { connectionString: `HostName=${world.host};Embedded=true`, location: 'local' }
    const [linked] = await arm([save({ iotHubs: [own, { connectionString, location: 'westeurope' }] })])
    const [embedded, hub] = linked?.body.properties.iotHubs ?? []
    expect(hub).toMatchObject({ name: 'plant.azure-devices.net', connectionString: expect.stringContaining('=****') })
    const [changed, unlinked] = await arm([
      save({ iotHubs: [embedded, { ...hub, allocationWeight: 7, applyAllocationPolicy: false }] }),
      save({ iotHubs: [embedded], allocationPolicy: 'GeoLatency' }),
      save({ allocationPolicy: 'Hashed' }),
    ])
    expect(changed?.body.properties.iotHubs[1]).toMatchObject({ allocationWeight: 7, applyAllocationPolicy: false })
    expect(unlinked?.body.properties).toMatchObject({ allocationPolicy: 'GeoLatency', iotHubs: [{ name: world.host }] })
  })

  test('uploads an intermediate and proves its key in five steps, an etag each', async () => {
    const moment = { at: Date.now(), random: realRandom }
    const root = await issueRoot({ ...moment, commonName: 'Node root' })
    const ca = await issueIntermediate({ ...moment, commonName: 'Node CA', ca: root })
    const bytes = (pem: string) => ({ base64: Buffer.from(pem).toString('base64') })
    const created = await one('dpsCertificate.createOrUpdate', 'landfall', 'landfall', 'ca1', {
      properties: { certificate: bytes(ca.pem), isVerified: false },
    })
    expect(created.body).toMatchObject({ name: 'ca1', properties: { subject: 'Node CA', isVerified: false } })
    expect(Math.abs(Date.parse(created.body.properties.created) - Date.now())).toBeLessThan(60_000)
    const { etag: e1 } = created.body
    const code = await one('dpsCertificate.generateVerificationCode', 'ca1', e1, 'landfall', 'landfall', {
      certificateName: 'x',
      certificateIsVerified: true,
    })
    const { etag: e2, properties } = code.body
    const proof = await issueVerification({ ...moment, code: properties.verificationCode, ca })
    const verify = (etag: string) =>
      ['dpsCertificate.verifyCertificate', 'ca1', etag, 'landfall', 'landfall', { certificate: proof.pem }] as const
    const [stale, verified, listed] = await arm([
      verify(e1),
      verify(e2),
      ['dpsCertificate.list', 'landfall', 'landfall'],
    ])
    expect(stale?.error).toMatchObject({ statusCode: 412, code: 'PreconditionFailed' })
    expect(verified?.body.properties.isVerified).toBe(true)
    expect(listed?.body.value).toMatchObject([{ name: 'ca1', etag: verified?.body.etag }])
    const [removed, gone] = await arm([
      ['dpsCertificate.delete', 'landfall', 'landfall', 'ca1', verified?.body.etag],
      ['dpsCertificate.get', 'ca1', 'landfall', 'landfall'],
    ])
    expect(removed?.error).toBeUndefined()
    expect(gone?.error).toMatchObject({ statusCode: 404, message: expect.stringContaining('"ca1"') })
  })

  test('is told why in words: another service, a stale etag, a role that may not', async () => {
    const [other, stale, deleted] = await arm([
      ['iotDpsResource.createOrUpdate', 'landfall', 'second', { ...service, properties: {} }],
      save({}, { etag: 'stale' }),
      ['iotDpsResource.delete', 'landfall', 'landfall'],
    ])
    expect(other?.error).toMatchObject({ statusCode: 400, message: expect.stringContaining('serves "landfall"') })
    expect(stale?.error).toMatchObject({ statusCode: 412, message: expect.stringContaining('Read it again') })
    expect(deleted?.error).toMatchObject({ statusCode: 409 })
    const reader = await makePrincipal(world, 'reader', 'reader')
    const [read, keys, changed] = await arm([get, ['iotDpsResource.listKeys', 'landfall', 'landfall'], save({})], {
      token: reader.token,
    })
    expect(read?.body.name).toBe('landfall')
    for (const refused of [keys, changed])
      expect(refused?.error).toMatchObject({ statusCode: 403, code: 'AuthorizationFailed' })
    const [forged] = await arm([get], { token: `${reader.token.slice(0, -4)}AAAA` })
    expect(forged?.error).toMatchObject({ statusCode: 401, code: 'AuthenticationFailed' })
  })
})

test('with --pace cloud it polls an operation to its end', async () => {
  await using slow = await startWorld({ config: { pace: 'cloud' } })
  const { token: slowToken } = await makePrincipal(slow, 'contributor', 'contributor')
  const [saved] = await runClient<readonly ArmCalled[]>(slow, 'arm-client.ts', {
    endpoint: `https://${slow.authority}`,
    token: slowToken,
    calls: [save({}, { tags: { a: '1' } })],
  })
  expect(saved?.body).toMatchObject({ tags: { a: '1' }, properties: { provisioningState: 'Succeeded' } })
})
