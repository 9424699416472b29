/** contract/management 10 over raw HTTP: the resource, its keys, its certificates, refusals and what `az` asks for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { realRandom } from '../../src/system.ts'
import { type Issued, issueDevice, issueIntermediate, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { makePrincipal } from '../sdk/principal.ts'
import { days } from '../world.ts'
import { type Rig, startRig, type Told } from './rig.ts'

const service = '/subscriptions/any/resourceGroups/any/providers/Microsoft.Devices/provisioningServices/landfall'
const ours = '/subscriptions/00000000-0000-0000-0000-000000000000'

let rig: Rig
beforeAll(async () => {
  rig = await startRig({ at: '2030-01-01T00:00:00Z' })
})
afterAll(() => rig[Symbol.asyncDispose]())

interface More {
  readonly headers?: Readonly<Record<string, string>>
  readonly version?: string
  readonly of?: Rig
}

/** A path that does not begin with a slash is below the service. */
async function ask(line: string, body?: unknown, { headers = {}, version = '2022-12-12', of = rig }: More = {}) {
  const [method = '', path = ''] = line.split(' ')
  const url = path.startsWith('/') ? path : `${service}${path === '' ? '' : `/${path}`}`
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const asked = `${method} ${url}${url.includes('?') ? '&' : '?'}api-version=${version}`
  return of.ask(asked, { body, headers: { authorization: await of.world.token(), ...type, ...headers } })
}

const put = (properties: object, more: object = {}) => ask('PUT ', { location: 'local', properties, ...more })
const show = async () => (await ask('GET ')).body
const keys = async () => (await ask('POST listkeys')).body.value
const hubsOf = ({ body }: Told) => body.properties.iotHubs.map(({ name }: { name: string }) => name)

describe('the resource', () => {
  test('1 it is shown whole, found by name, in a group and in a subscription, in any letter case', async () => {
    const body = await show()
    expect(body).toMatchObject({
      name: 'landfall',
      type: 'Microsoft.Devices/provisioningServices',
      resourcegroup: 'landfall',
      subscriptionid: '00000000-0000-0000-0000-000000000000',
      sku: { name: 'S1', tier: 'Standard', capacity: 1 },
      properties: {
        state: 'Active',
        provisioningState: 'Succeeded',
        allocationPolicy: 'Hashed',
        idScope: rig.idScope,
        serviceOperationsHostName: rig.world.authority,
        deviceProvisioningHostName: rig.world.authority,
      },
    })
    const same = await ask(`GET ${service.toUpperCase().replace('LANDFALL', 'Landfall')}`)
    expect(same.body).toEqual(body)
    for (const list of [service.replace(/\/landfall$/, ''), `${ours}/providers/microsoft.devices/provisioningservices`])
      expect((await ask(`GET ${list}`)).body).toEqual({ value: [body], nextLink: null })
  })

  test('1 operations, sizes, private links and names can be asked for', async () => {
    expect((await ask('GET /providers/Microsoft.Devices/operations')).body.value[0]).toMatchObject({
      name: 'Microsoft.Devices/provisioningServices/read',
      display: { provider: 'Microsoft.Devices' },
    })
    expect((await ask('GET skus')).body).toEqual({ value: [{ name: 'S1' }], nextLink: null })
    expect((await ask('GET privateLinkResources')).body).toEqual({ value: [] })
    expect((await ask('GET privateEndpointConnections')).body).toEqual([])
    const check = async (name: string) =>
      (await ask(`POST ${ours}/providers/Microsoft.Devices/checkProvisioningServiceNameAvailability`, { name })).body
    expect(await check('LandFall')).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' })
    expect(await check('another-1')).toEqual({ nameAvailable: true, reason: 'Invalid', message: null })
    expect(await check('123')).toMatchObject({ nameAvailable: false, reason: 'Invalid' })
  })

  test('2 a PUT is done when it is answered, and says so without an operation', async () => {
    const { status, body, headers } = await put({ allocationPolicy: 'static' })
    expect([status, headers['azure-asyncoperation']]).toEqual([200, undefined])
    expect(body.properties).toMatchObject({
      provisioningState: 'Succeeded',
      state: 'Active',
      allocationPolicy: 'Static',
    })
    expect((await put({ allocationPolicy: 'Hashed' })).body.properties.allocationPolicy).toBe('Hashed')
    expect((await put({ allocationPolicy: 'Custom' })).status).toBe(400)
  })

  test('3.3 what a PUT does not name stays; what it names is replaced', async () => {
    const properties = {
      ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0', target: 'deviceApi' }],
      publicNetworkAccess: 'disabled',
      enableDataResidency: true,
    }
    const first = await put(
      { ...properties, unknown: 1 },
      { tags: { a: '1' }, sku: { name: 'S1', capacity: 3 }, location: 'westeurope' },
    )
    expect(first.headers['x-landfall-warning']).toMatch(/ipFilterRules.*not enforced.*publicNetworkAccess/)
    const before = await show()
    expect(before).toMatchObject({ location: 'westeurope', tags: { a: '1' }, sku: { capacity: 3 } })
    expect(before.properties).toMatchObject({ ...properties, publicNetworkAccess: 'Disabled' })
    expect(before.properties.unknown).toBeUndefined()
    const after = (await put({}, { location: undefined })).body
    expect({ ...after, etag: '' }).toEqual({ ...before, etag: '' })
    await put({ ipFilterRules: [], publicNetworkAccess: 'Enabled' }, { tags: {} })
    expect(await show()).toMatchObject({ tags: {}, properties: { ipFilterRules: [], enableDataResidency: true } })
  })

  test('19 PATCH replaces the tags, and nothing else', async () => {
    await put({}, { tags: { a: '1', b: '2' } })
    const { status, body } = await ask('PATCH ', { tags: { c: '3' } })
    expect([status, body.tags]).toEqual([200, { c: '3' }])
    expect((await ask('PATCH ', { tags: { c: 3 } })).body.message).toContain('"c"')
  })

  test('20 of two PUTs with one etag exactly one is taken, and a stale one is told so', async () => {
    const { etag } = await show()
    const both = await Promise.all([1, 2].map((n) => put({}, { etag, tags: { n: String(n) } })))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    const stale = await put({}, { etag })
    expect(stale).toMatchObject({
      status: 412,
      body: { code: 412001, httpStatusCode: 'PreconditionFailed', error: { code: 'PreconditionFailed' } },
    })
    expect((await ask('PUT ', {}, { headers: { 'if-match': etag } })).status).toBe(412)
    const { etag: current } = await show()
    expect((await ask('PUT ', { etag: null }, { headers: { 'if-match': `"${current}"` } })).status).toBe(200)
  })

  test('6.6 another name is not made, and this service is not deleted', async () => {
    const other = await ask(`PUT ${service.replace(/landfall$/, 'other')}`, { location: 'local', properties: {} })
    expect(other).toMatchObject({ status: 400, body: { message: expect.stringContaining('serves "landfall"') } })
    expect(await ask('DELETE ')).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } })
    expect((await ask('GET ')).status).toBe(200)
  })

  test.each<[string, unknown, RegExp]>([
    ['no object', [], /JSON object/],
    ['tags that are no strings', { tags: { a: {} } }, /tag "a"/],
    ['51 tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) }, /51/],
    ['a tag of 257 characters', { tags: { a: 'x'.repeat(257) } }, /256/],
    ['a location of 65 characters', { location: 'x'.repeat(65) }, /longer than 64/],
    ['another size', { sku: { name: 'F1' } }, /S1/],
    ['hubs that are no list', { properties: { iotHubs: {} } }, /iotHubs must be a list/],
    ['a filter without a mask', { properties: { ipFilterRules: [{ filterName: 'a' }] } }, /ipMask/],
  ])('refused in a sentence: %s', async (_what, body, why) => {
    const told = await ask('PUT ', body)
    expect(told.status).toBe(400)
    expect(told.body.message).toMatch(why)
  })
})

describe('shared access policies', () => {
  const owner = async () =>
    (await keys()).find(({ keyName }: { keyName: string }) => keyName === 'provisioningserviceowner')

  test('3 a PUT without them keeps them; with them, keys are kept and those left out are made', async () => {
    const [first] = await keys()
    await put({})
    expect(await keys()).toEqual([first])
    const answer = await put({ authorizationPolicies: [first, { keyName: 'Two', rights: 'EnrollmentRead' }] })
    const [same, two] = await keys()
    expect(same).toEqual(first)
    expect(answer.body.properties.authorizationPolicies).toEqual([same, two])
    expect(two).toMatchObject({ keyName: 'Two', primaryKey: expect.stringMatching(/^.{88}$/) })
    const rotated = { ...two, primaryKey: null, secondaryKey: '' }
    await put({ authorizationPolicies: [first, rotated] })
    const after = (await ask('POST keys/two/listkeys')).body
    expect([after.keyName, after.primaryKey === two.primaryKey, after.secondaryKey === two.secondaryKey]).toEqual([
      'Two',
      false,
      false,
    ])
    await put({ authorizationPolicies: [first] })
    expect(await keys()).toEqual([first])
    expect(await ask('POST keys/two/listkeys')).toMatchObject({ status: 404, body: { code: 404020 } })
  })

  test('3, 3.16 nobody is locked out, and no name is there twice', async () => {
    const first = await owner()
    for (const authorizationPolicies of [[], [{ keyName: 'reader', rights: 'EnrollmentRead' }], [first, first]])
      expect((await put({ authorizationPolicies })).status).toBe(400)
    expect(await keys()).toEqual([first])
  })

  test('6 rights in any case, order and spacing come out in the one form', async () => {
    const first = await owner()
    const rights = 'enrollmentwrite ,SERVICECONFIG,EnrollmentWrite'
    await put({ authorizationPolicies: [first, { keyName: 'two', rights }] })
    expect((await ask('POST keys/two/listkeys')).body.rights).toBe('ServiceConfig, EnrollmentWrite')
    const words = (await owner()).rights.split(', ')
    expect(words).toEqual(expect.arrayContaining(['ServiceConfig', 'EnrollmentWrite']))
    for (const wrong of ['', 'Everything', undefined])
      expect((await put({ authorizationPolicies: [first, { keyName: 'two', rights: wrong }] })).status).toBe(400)
  })
})

describe('linked hubs', () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const cloud = (name = 'plant.azure-devices.net', sharedAccessKey = key, policy = 'iothubowner') =>
    `HostName=${name};SharedAccessKeyName=${policy};SharedAccessKey=${sharedAccessKey}`
  const own = { connectionString: 'HostName=127.0.0.1;Embedded=true' }
  const stored = async () => (await rig.service('GET /landfall/hubs/plant.azure-devices.net?keys=true')).body

  test('4, 5 a hub is linked, shown masked, changed with its masked key, and unlinked', async () => {
    const linked = await put({
      iotHubs: [own, { connectionString: cloud(), location: 'westeurope', allocationWeight: 10 }],
    })
    expect(hubsOf(linked)).toEqual(['127.0.0.1', 'plant.azure-devices.net'])
    const [, hub] = (await show()).properties.iotHubs
    expect(hub).toEqual({
      name: 'plant.azure-devices.net',
      connectionString: cloud('plant.azure-devices.net', '****'),
      location: 'westeurope',
      allocationWeight: 10,
    })
    expect(JSON.stringify([linked.body, await show()])).not.toContain(key)
    await put({ iotHubs: [own, { ...hub, allocationWeight: 20, applyAllocationPolicy: false }] })
    expect(await stored()).toMatchObject({
      allocationWeight: 20,
      applyAllocationPolicy: false,
      connectionStrings: { link: cloud() },
    })
    await put({})
    expect(hubsOf(await ask('GET '))).toHaveLength(2)
    expect(hubsOf(await put({ iotHubs: [own] }))).toEqual(['127.0.0.1'])
    expect((await stored()).errorCode).toBe(404030)
  })

  test('4.4 the names in a connection string may be in any case', async () => {
    const lower = `hostname=Plant.azure-devices.net;sharedaccesskeyname=iothubowner;sharedaccesskey=${key}`
    expect(hubsOf(await put({ iotHubs: [own, { connectionString: lower }] }))).toContain('plant.azure-devices.net')
    expect((await stored()).connectionStrings).toEqual({ link: cloud() })
    await put({ iotHubs: [own] })
  })

  test('4.8 the hub of this service is unlinked with its devices in place, and linked again', async () => {
    const enrolled = await rig.keyedIndividual('stays', { iotHubs: ['127.0.0.1'], allocationPolicy: 'hashed' })
    const register = () => rig.register('stays', { symmetricKey: enrolled.primary })
    expect((await register()).body).toMatchObject({ status: 'assigned' })
    const none = await put({ iotHubs: [] })
    expect(hubsOf(none)).toEqual([])
    expect(none.headers['x-landfall-warning']).toMatch(/"127.0.0.1" is unlinked.*"stays"/)
    expect((await rig.hub('GET /devices/stays')).status).toBe(200)
    const links = [
      { connectionString: `HostName=${rig.world.authority};SharedAccessKeyName=iothubowner;SharedAccessKey=${key}` },
      { hostName: '127.0.0.1' },
      own,
    ]
    for (const link of links) {
      await put({ iotHubs: [] })
      expect(hubsOf(await put({ iotHubs: [link] }))).toEqual(['127.0.0.1'])
    }
    expect((await register()).body).toMatchObject({ status: 'assigned' })
  })

  test('4.7 a host name alone makes a hub of this service, which devices are then assigned to', async () => {
    await put({ iotHubs: [own, { hostName: 'second.example', allocationWeight: 1000 }] })
    const { primary } = await rig.keyedIndividual('to-second', {
      iotHubs: ['second.example'],
      allocationPolicy: 'hashed',
    })
    const { body } = await rig.register('to-second', { symmetricKey: primary })
    expect(body).toMatchObject({ registrationState: { assignedHub: 'second.example' } })
    await put({ iotHubs: [own] })
  })

  test.each<[string, readonly object[], RegExp]>([
    [
      'a masked key of a hub that is not linked',
      [{ connectionString: cloud('plant.azure-devices.net', '****') }],
      /masked/,
    ],
    ['a hub twice', [own, own], /twice/],
    ['a weight of 0', [{ ...own, allocationWeight: 0 }], /1 to 1000/],
    ['a weight of 1001', [{ ...own, allocationWeight: 1001 }], /1 to 1000/],
    ['a weight and a half', [{ ...own, allocationWeight: 1.5 }], /whole number/],
    ['no connection string', [{ location: 'local' }], /neither connectionString nor hostName/],
    ['garbage', [{ connectionString: 'garbage' }], /host name/],
    ['a key that is none', [{ connectionString: cloud('plant.azure-devices.net', '?') }], /no connection string/],
  ])('4.5 refused, and nothing is changed: %s', async (_what, iotHubs, why) => {
    const { status, body } = await put({ iotHubs })
    expect(status).toBe(400)
    expect(body.message).toMatch(why)
    expect(hubsOf(await ask('GET '))).toEqual(['127.0.0.1'])
  })

  test('4.3 a masked key under another policy is refused', async () => {
    await put({ iotHubs: [own, { connectionString: cloud() }] })
    const { status, body } = await put({
      iotHubs: [own, { connectionString: cloud('plant.azure-devices.net', '****', 'service') }],
    })
    expect([status, body.message]).toEqual([400, expect.stringContaining('"service"')])
    await put({ iotHubs: [own] })
  })
})

test('every change is in the audit log with its actor, and without a key', async () => {
  const key = Buffer.alloc(32, 9).toString('base64')
  const hub = { connectionString: `HostName=audited.example;SharedAccessKeyName=iothubowner;SharedAccessKey=${key}` }
  await put({ iotHubs: [{ hostName: '127.0.0.1' }, hub] }, { tags: { audited: 'yes' } })
  const { items } = (await rig.service('GET /landfall/audit?limit=5')).body
  expect(items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        actor: { kind: 'policy', name: 'provisioningserviceowner' },
        request: `PUT ${service}`,
        target: expect.objectContaining({ kind: 'hub', id: 'audited.example' }),
      }),
    ]),
  )
  expect(JSON.stringify(items)).toContain('"audited":"yes"')
  expect(JSON.stringify(items)).not.toContain(key)
  await put({ iotHubs: [{ hostName: '127.0.0.1' }] }, { tags: {} })
})

describe('certificates', () => {
  const moment = () => ({ at: rig.world.clock.now(), random: realRandom })
  const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64')
  let root: Issued
  let intermediate: Issued

  beforeAll(async () => {
    root = await issueRoot({ ...moment(), commonName: 'Root', days: 365 })
    intermediate = await issueIntermediate({ ...moment(), commonName: 'Intermediate', ca: root, days: 365 })
  })

  const etagOf = async (name: string): Promise<string> => (await ask(`GET certificates/${name}`)).body.etag
  const remove = async (name: string) =>
    ask(`DELETE certificates/${name}`, undefined, { headers: { 'if-match': await etagOf(name) } })

  test.each<[string, () => string]>([
    ['base64 of PEM', () => base64(root.pem)],
    ['base64 of PEM with CRLF', () => base64(root.pem.replaceAll('\n', '\r\n'))],
    ['base64 of DER', () => base64(root.der)],
    ['base64 of base64 without armour', () => base64(base64(root.der))],
    ['PEM text', () => root.pem],
    ['PEM with the word null behind it', () => base64(`${root.pem}null`)],
    ['a chain file, of which the first counts', () => base64(root.pem + intermediate.pem)],
  ])('7 both bodies are taken, whatever the version: %s', async (_form, text) => {
    const upload = { certificate: text(), isVerified: false }
    for (const [body, version] of [
      [upload, '2021-10-15'],
      [{ properties: upload }, '2026-08-31'],
      [upload, '2026-11-01'],
    ] as const) {
      const created = await ask('PUT certificates/forms', body, { version })
      expect(created.status).toBe(200)
      expect(created.body.properties).toMatchObject({
        subject: 'Root',
        thumbprint: root.certificate.sha1Thumbprint,
        isVerified: false,
      })
      expect((await remove('forms')).status).toBe(204)
    }
  })

  test.each<[string, () => Promise<unknown> | unknown, RegExp]>([
    ['a private key', () => ({ certificate: base64(root.pem + root.keyPem) }), /private key/],
    [
      'a device certificate',
      async () => ({
        certificate: base64((await issueDevice({ ...moment(), registrationId: 'd', ca: root })).pem),
      }),
      /CA:TRUE/,
    ],
    ['garbage', () => ({ properties: { certificate: 'garbage' } }), /not a valid certificate/],
    ['nothing', () => ({}), /certificate is missing/],
    ['a number', () => ({ certificate: 7 }), /must be a string/],
  ])('7 refused, and not kept: %s', async (_what, make, why) => {
    const { status, body } = await ask('PUT certificates/refused', await make())
    expect(status).toBe(400)
    expect(body.message).toMatch(why)
    expect(JSON.stringify(body)).not.toContain('BEGIN PRIVATE')
    expect(await ask('GET certificates/refused')).toMatchObject({ status: 404, body: { code: 404010 } })
  })

  test('7 a megabyte is refused as too large', async () => {
    const { status, body } = await ask('PUT certificates/large', { certificate: 'x'.repeat(1024 * 1024) })
    expect([status, body.httpStatusCode]).toEqual([413, 'PayloadTooLarge'])
  })

  test('8, 12 five steps with quoted etags: each is new, none can be left out, a stale one is refused', async () => {
    const created = await ask('PUT certificates/ca1', { certificate: base64(intermediate.pem) })
    expect(created.body).toMatchObject({
      name: 'ca1',
      type: 'Microsoft.Devices/provisioningServices/Certificates',
      id: expect.stringMatching(/\/provisioningServices\/landfall\/certificates\/ca1$/),
      properties: { created: 'Tue, 01 Jan 2030 00:00:00 GMT', updated: 'Tue, 01 Jan 2030 00:00:00 GMT' },
    })
    expect(created.body.properties.expiry).toMatch(/^\w{3}, \d{2} \w{3} 2031 \d{2}:\d{2}:\d{2} GMT$/)
    const e1: string = created.body.etag
    const withEtag = (etag: string) => ({ headers: { 'if-match': `"${etag}"` } })
    const asked = await ask('POST certificates/ca1/generateVerificationCode', undefined, withEtag(e1))
    const { verificationCode, certificate } = asked.body.properties
    expect(Object.keys(asked.body.properties)[0]).toBe('verificationCode')
    expect([verificationCode, Buffer.from(certificate, 'base64').toString()]).toEqual([
      expect.stringMatching(/^[0-9A-F]{48}$/),
      intermediate.pem,
    ])
    const proof = await issueVerification({ ...moment(), code: verificationCode, ca: intermediate })
    const steps = [
      ['PUT certificates/ca1', { certificate: base64(root.pem) }],
      ['POST certificates/ca1/generateVerificationCode', undefined],
      ['POST certificates/ca1/verify', { certificate: base64(proof.pem) }],
      ['DELETE certificates/ca1', undefined],
    ] as const
    for (const [line, body] of steps) {
      expect((await ask(line, body, withEtag(e1))).status).toBe(412)
      expect(await ask(line, body)).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('If-Match') },
      })
    }
    const e2: string = asked.body.etag
    const verified = await ask('POST certificates/ca1/verify', { certificate: base64(proof.pem) }, withEtag(e2))
    expect(verified).toMatchObject({ status: 200, body: { properties: { isVerified: true } } })
    expect((await ask('DELETE certificates/ca1', undefined, withEtag(e2))).status).toBe(412)
    expect((await ask('DELETE certificates/ca1', undefined, withEtag(verified.body.etag))).status).toBe(204)
  })

  test('9 a wrong proof is refused in words, and changes nothing', async () => {
    await ask('PUT certificates/wrong', { certificate: base64(root.pem) })
    const code = await ask('POST certificates/wrong/generateVerificationCode', undefined, {
      headers: { 'if-match': '*' },
    })
    const ca = await issueRoot({ ...moment(), commonName: 'Other' })
    const proof = await issueVerification({ ...moment(), code: code.body.properties.verificationCode, ca })
    const { status, body } = await ask(
      'POST certificates/wrong/verify',
      { certificate: base64(proof.pem) },
      { headers: { 'if-match': code.body.etag } },
    )
    expect([status, body.message]).toEqual([400, expect.stringMatching(/signed by "CN=Other".*expected "CN=Root"/)])
    expect((await ask('GET certificates/wrong')).body).toMatchObject({
      etag: code.body.etag,
      properties: { isVerified: false },
    })
    await remove('wrong')
  })

  test('11 trusted at upload; another certificate under the name is not', async () => {
    await ask('PUT certificates/trusted', { properties: { certificate: base64(root.pem), isVerified: true } })
    const headers = { 'if-match': await etagOf('trusted') }
    expect((await ask('GET certificates/trusted')).body.properties.isVerified).toBe(true)
    const other = await ask('PUT certificates/trusted', { certificate: base64(intermediate.pem) }, { headers })
    expect(other.body.properties.isVerified).toBe(false)
    await remove('trusted')
  })

  test('5.2 the certificate itself is in the answer from 2022-02-05 on', async () => {
    await ask('PUT certificates/whole', { certificate: base64(root.der) }, { headers: { 'if-match': 'ignored' } })
    const shown = async (version: string) =>
      (await ask('GET certificates', undefined, { version })).body.value[0].properties.certificate
    expect(await shown('2021-10-15')).toBeNull()
    expect(Buffer.from(await shown('2022-02-05'), 'base64').toString()).toBe(root.pem)
    await remove('whole')
  })

  test('13 the odd query parameters change nothing, malformed or not', async () => {
    await ask('PUT certificates/odd', { certificate: base64(root.pem) })
    const headers = { 'if-match': await etagOf('odd') }
    const odd =
      '?certificate.name=x&certificate.isVerified=maybe&certificate.created=never&certificate.rawBytes=%00&certificate.nonce=1'
    const code = await ask(`POST certificates/odd/generateVerificationCode${odd}`, undefined, { headers })
    expect(code.status).toBe(200)
    expect(
      (await ask(`DELETE certificates/odd${odd}`, undefined, { headers: { 'if-match': code.body.etag } })).status,
    ).toBe(204)
  })

  test('5.8 one that an enrollment group names is deleted by force only', async () => {
    await ask('PUT certificates/used', { certificate: base64(root.pem) })
    await rig.service('PUT /enrollmentGroups/uses', {
      body: {
        enrollmentGroupId: 'uses',
        attestation: { type: 'x509', x509: { caReferences: { primary: 'used' } } },
      },
    })
    expect(await remove('used')).toMatchObject({ status: 409, body: { message: expect.stringContaining('uses') } })
    const headers = { 'if-match': await etagOf('used') }
    expect((await ask('DELETE certificates/used?force=true', undefined, { headers })).status).toBe(204)
  })
})

describe('refusals', () => {
  test('14 the provider\u2019s are flat with a nested copy, the front door\u2019s nested alone', async () => {
    const provider = await ask('GET certificates/none')
    expect(provider.body).toMatchObject({
      code: 404010,
      httpStatusCode: 'NotFound',
      message: expect.stringContaining('"none"'),
      error: { code: 'NotFound', message: provider.body.message },
    })
    const service404 = await ask(`GET ${service.replace(/landfall$/, 'other')}`)
    expect(service404).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } })
    expect(Object.keys(service404.body)).toEqual(['error'])
    expect(await ask(`GET ${ours}/providers/Microsoft.Storage/accounts`)).toMatchObject({
      status: 404,
      body: { error: { code: 'NotFound' } },
    })
    expect(await ask('PATCH listkeys')).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
      body: { error: { code: 'MethodNotAllowed' } },
    })
  })

  test('1.2 a version that is no date, or none, is refused; any date is taken', async () => {
    for (const [version, status] of [
      ['2017-08-21-preview', 200],
      ['2099-01-01', 200],
      ['latest', 400],
      ['', 400],
    ] as const)
      expect((await ask('GET ', undefined, { version })).status).toBe(status)
    const authorization = await rig.world.token()
    expect((await rig.ask(`GET ${service}`, { headers: { authorization } })).status).toBe(400)
    expect((await rig.ask(`GET ${service}?API-Version=2022-12-12`, { headers: { authorization } })).status).toBe(200)
  })

  test('18 without a credential, or with one that may not, nothing is told', async () => {
    const bare = await rig.ask(`GET ${service}?api-version=2022-12-12`)
    expect(bare).toMatchObject({ status: 401, body: { error: { code: 'AuthenticationFailed' } } })
    expect(bare.headers['www-authenticate']).toMatch(/^Bearer authorization_uri="https:\/\/127\.0\.0\.1:\d+\/adfs"/)
    expect(bare.headers['www-authenticate']).not.toContain('claims')
    const [first] = await keys()
    await put({ authorizationPolicies: [first, { keyName: 'reads', rights: 'EnrollmentRead' }] })
    const { primaryKey } = (await ask('POST keys/reads/listkeys')).body
    const token = makeToken({
      resource: rig.world.host,
      key: primaryKey,
      policyName: 'reads',
      expiry: Date.now() + 60_000,
    })
    expect((await ask('GET ', undefined, { headers: { authorization: token } })).status).toBe(401)
    await put({ authorizationPolicies: [first] })
  })
})

test('3.2 with disableLocalAuth keys open the management plane alone, and bearer tokens both', async () => {
  const { token } = await makePrincipal(rig.world, 'data', 'data-owner')
  const list = (authorization: string) =>
    rig.service('POST /enrollments/query', { headers: { authorization }, body: { query: '*' } })
  const statuses = async () => [(await list(await rig.world.token())).status, (await list(`Bearer ${token}`)).status]
  expect(await statuses()).toEqual([200, 200])
  expect((await put({ disableLocalAuth: true })).body.properties.disableLocalAuth).toBe(true)
  expect(await statuses()).toEqual([401, 200])
  expect((await list(await rig.world.token())).body.message).toContain('disableLocalAuth')
  await put({ disableLocalAuth: false })
  expect(await statuses()).toEqual([200, 200])
})

describe('az', () => {
  test('6.12 is told where everything is, without a credential', async () => {
    const base = `https://${rig.world.authority}`
    const { body } = await rig.ask('GET /metadata/endpoints?api-version=2022-09-01')
    expect(body).toMatchObject({
      name: 'landfall',
      resourceManager: base,
      // what azure-cli 2.63.0 insists on
      graphEndpoint: base,
      authentication: { loginEndpoint: `${base}/adfs`, audiences: [base], identityProvider: 'ADFS' },
    })
    for (const path of ['/adfs', '/adfs/adfs/v2.0'])
      expect((await rig.ask(`GET ${path}/.well-known/openid-configuration`)).body).toMatchObject({
        issuer: `${base}/adfs`,
        token_endpoint: `${base}/adfs/oauth2/token`,
      })
  })

  test('6.12 finds its subscription, tenant and resource group, and the hubs of this service', async () => {
    expect((await ask('GET /subscriptions')).body.value).toMatchObject([{ id: ours, state: 'Enabled' }])
    expect((await ask('GET /tenants')).body.value).toMatchObject([{ tenantId: 'landfall' }])
    expect((await ask(`GET ${ours}/resourcegroups/any`)).body).toMatchObject({
      name: 'any',
      location: expect.any(String),
    })
    const hubs = (await ask(`GET ${ours}/providers/Microsoft.Devices/IotHubs`)).body.value
    expect(hubs[0]).toMatchObject({ resourcegroup: 'landfall', properties: { hostName: '127.0.0.1' } })
    expect(JSON.stringify(hubs)).not.toMatch(/key/i)
  })

  test('6.13 is told of one hub, where its telemetry is read, and its policies', async () => {
    const one = `${ours}/resourceGroups/any/providers/Microsoft.Devices/IotHubs/127`
    const { amqp } = rig.world.connection.ports
    expect((await ask(`GET ${one}`)).body).toMatchObject({
      name: '127',
      properties: {
        locations: [{ location: 'local', role: 'primary' }],
        eventHubEndpoints: {
          events: { endpoint: `sb://127.0.0.1:${amqp}/`, path: '127.0.0.1', partitionCount: 4 },
        },
      },
    })
    const policies = (await ask(`POST ${one}/listkeys`)).body.value
    expect(policies[0]).toMatchObject({
      keyName: 'iothubowner',
      primaryKey: expect.any(String),
      rights: 'RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect',
    })
    for (const question of [`GET ${one}8`, `POST ${one}8/listkeys`]) expect((await ask(question)).status).toBe(404)
  })

  test('6.12 is refused a token for a wrong secret, and for any other grant, in the words of OAuth', async () => {
    const grant = (body: string) =>
      rig.ask('POST /adfs/oauth2/token', { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(await grant('grant_type=client_credentials&client_id=nobody&client_secret=x')).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.stringContaining('Tracking id') },
    })
    expect(await grant('grant_type=password&username=a&password=b')).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  })
})

test('2 with --pace cloud a PUT is an operation: running, then succeeded, at the address the client used', async () => {
  await using slow = await startRig({ config: { pace: 'cloud' } })
  const { etag } = (await ask('GET ', undefined, { of: slow })).body
  const begun = await ask('PUT ', { location: 'local', tags: { a: '1' }, properties: {} }, { of: slow })
  expect(begun).toMatchObject({
    status: 201,
    body: { etag, properties: { state: 'Transitioning', provisioningState: 'Accepted', idScope: null } },
  })
  expect(begun.body.properties.serviceOperationsHostName).toBeUndefined()
  const url = new URL(String(begun.headers['azure-asyncoperation']))
  expect([url.host, url.search]).toEqual([slow.world.authority, '?api-version=2022-12-12&asyncinfo'])
  const poll = () => ask(`GET ${url.pathname}`, undefined, { of: slow })
  const first = await poll()
  expect([first.body, first.headers['retry-after']]).toEqual([{ status: 'Running' }, '1'])
  expect((await poll()).body).toEqual({ status: 'Succeeded' })
  expect((await ask('GET ', undefined, { of: slow })).body.tags).toEqual({ a: '1' })
  const id = url.pathname.split('/').at(-1)
  expect((await ask(`GET operationresults/${id}?asyncinfo=true`, undefined, { of: slow })).body.status).toBe(
    'Succeeded',
  )
  expect((await ask('GET operationresults/unknown', undefined, { of: slow })).status).toBe(404)
  slow.world.clock.set(slow.world.clock.now() + days(1) + 1)
  expect((await poll()).status).toBe(404)
})
