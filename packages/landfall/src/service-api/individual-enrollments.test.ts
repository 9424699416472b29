import { expect, test } from 'vitest'
import { hubs, startServiceWorld } from '../../test/service-api/world.ts'
import { makeFakeKey } from '../../test/tpm/fake-tpm.ts'
import type { JsonObject } from '../json.ts'
import { realRandom } from '../system.ts'
import { issueSelfSigned } from '../x509/issue.ts'

const symmetric = (registrationId: string, more: object = {}) => ({
  registrationId,
  attestation: { type: 'symmetricKey' },
  ...more,
})

const at = Date.parse('2030-01-01T00:00:00Z')
const certificateOf = (registrationId: string) => issueSelfSigned({ registrationId, at, random: realRandom })

const x509 = (registrationId: string, slots: object, more: object = {}) => ({
  registrationId,
  attestation: { type: 'x509', x509: { clientCertificates: slots } },
  ...more,
})

const keysOf = (body: JsonObject) => (body.attestation as { symmetricKey?: unknown }).symmetricKey
const slotsOf = (body: JsonObject) => {
  const { x509 } = body.attestation as { x509: { clientCertificates: Record<string, { info: JsonObject }> } }
  return x509.clientCertificates
}

test('creating answers 200 with etag, both times, status and keys', async () => {
  await using world = await startServiceWorld()
  const { status, json, headers } = await world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(Object.keys(json)).toEqual([
    'registrationId',
    'attestation',
    'etag',
    'provisioningStatus',
    'createdDateTimeUtc',
    'lastUpdatedDateTimeUtc',
  ])
  expect(json).toMatchObject({
    provisioningStatus: 'enabled',
    createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
    lastUpdatedDateTimeUtc: '2030-01-01T00:00:00.000Z',
  })
  expect(Buffer.from(String(json.etag), 'base64').toString()).toMatch(/^"[0-9a-f-]{36}"$/)
})

test('creating what is there already is a conflict that names the remedy', async () => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  const { status, json, headers } = await world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  expect(status).toBe(409)
  expect(json.errorCode).toBe(409201)
  expect(json.message).toContain('Enrollment already exists')
  expect(json.message).toContain('If-Match')
  expect(json.info).toEqual({ reason: 'enrollment_exists' })
  expect(headers['x-ms-request-id']).toBe(json.trackingId)
  expect(headers['x-ms-error-code']).toBe('409201')
  expect(headers['content-type']).toContain('application/json')
})

test.each([
  ['raw', (etag: string) => etag],
  ['in quotes, as C# sends it', (etag: string) => `"${etag}"`],
  ['weak', (etag: string) => `W/"${etag}"`],
  ['in a list', (etag: string) => `"other", ${etag}`],
  ['*', () => '*'],
  ['"*"', () => '"*"'],
])('updates under If-Match %s, with a new etag', async (_, spell) => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  world.clock.set(at + 60_000)
  const { status, json } = await world.ask('PUT', '/enrollments/dev-1', {
    json: symmetric('dev-1'),
    headers: { 'if-match': spell(String(created.json.etag)) },
  })
  expect(status).toBe(200)
  expect(json.etag).not.toBe(created.json.etag)
  expect(json.createdDateTimeUtc).toBe('2030-01-01T00:00:00.000Z')
  expect(json.lastUpdatedDateTimeUtc).toBe('2030-01-01T00:01:00.000Z')
})

test('a stale etag is refused with 412, an update of nothing with 404, and nothing changes', async () => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  const stale = { json: symmetric('dev-1'), headers: { 'if-match': 'c3RhbGU=' } }
  expect(await world.ask('PUT', '/enrollments/dev-1', stale)).toMatchObject({
    status: 412,
    json: { errorCode: 412000 },
  })
  expect(await world.ask('PUT', '/enrollments/dev-2', { ...stale, json: symmetric('dev-2') })).toMatchObject({
    status: 404,
    json: { errorCode: 404201 },
  })
  expect((await world.ask('GET', '/enrollments/dev-1')).json.etag).toBe(created.json.etag)
})

test('deletes by id, by etag and by wildcard, and nothing twice', async () => {
  await using world = await startServiceWorld()
  const create = () => world.ask('PUT', '/enrollments/dev-1', { json: symmetric('dev-1') })
  await create()
  expect(await world.ask('DELETE', '/enrollments/dev-1')).toMatchObject({ status: 204, text: '' })
  expect(await world.ask('DELETE', '/enrollments/dev-1')).toMatchObject({ status: 404, json: { errorCode: 404201 } })
  const { json } = await create()
  const remove = (etag: string) => world.ask('DELETE', '/enrollments/dev-1', { headers: { 'if-match': etag } })
  expect((await remove('c3RhbGU=')).status).toBe(412)
  expect((await remove(String(json.etag))).status).toBe(204)
  await create()
  expect((await remove('"*"')).status).toBe(204)
})

test.each([
  ['the member absent', { type: 'symmetricKey' }],
  ['an empty object', { type: 'symmetricKey', symmetricKey: {} }],
  ['nulls', { type: 'symmetricKey', symmetricKey: { primaryKey: null, secondaryKey: null } }],
  ['empty strings', { type: 'symmetricKey', symmetricKey: { primaryKey: '', secondaryKey: '' } }],
  ['one key only', { type: 'symmetricKey', symmetricKey: { secondaryKey: Buffer.alloc(64, 9).toString('base64') } }],
])('makes keys of 64 bytes from %s', async (_, attestation) => {
  await using world = await startServiceWorld()
  const { json } = await world.ask('PUT', '/enrollments/d', { json: { registrationId: 'd', attestation } })
  const keys = keysOf(json) as { primaryKey: string; secondaryKey: string }
  expect(Buffer.from(keys.primaryKey, 'base64')).toHaveLength(64)
  expect(Buffer.from(keys.secondaryKey, 'base64')).toHaveLength(64)
})

test('shows keys in PUT and attestation mechanism, never in GET or a query', async () => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const got = await world.ask('GET', '/enrollments/d')
  const queried = await world.ask('POST', '/enrollments/query', { json: { query: '*' } })
  const mechanism = await world.ask('POST', '/enrollments/d/attestationmechanism')
  expect(got.json.attestation).toEqual({ type: 'symmetricKey' })
  expect(queried.list[0]?.attestation).toEqual({ type: 'symmetricKey' })
  expect(mechanism.json).toEqual(created.json.attestation)
  expect(keysOf(created.json)).toBeDefined()
})

test.each([
  ['absent', {}],
  ['empty', { symmetricKey: { primaryKey: '', secondaryKey: '' } }],
])('a change of a tag with keys %s keeps the keys', async (_, keys) => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const { status } = await world.ask('PUT', '/enrollments/d', {
    json: symmetric('d', {
      attestation: { type: 'symmetricKey', ...keys },
      initialTwin: { tags: { site: 'north' } },
    }),
    headers: { 'if-match': String(created.json.etag) },
  })
  const mechanism = await world.ask('POST', '/enrollments/d/attestationmechanism')
  expect(status).toBe(200)
  expect(mechanism.json).toEqual(created.json.attestation)
})

test('one key given in an update replaces that one and keeps the other', async () => {
  await using world = await startServiceWorld()
  const created = await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const primaryKey = Buffer.alloc(32, 5).toString('base64')
  const { json } = await world.ask('PUT', '/enrollments/d', {
    json: symmetric('d', { attestation: { type: 'symmetricKey', symmetricKey: { primaryKey } } }),
    headers: { 'if-match': '*' },
  })
  expect(keysOf(json)).toEqual({ ...(keysOf(created.json) as object), primaryKey })
})

test('an info block without certificate keeps the certificate it names', async () => {
  await using world = await startServiceWorld()
  const [first, second] = [await certificateOf('d'), await certificateOf('d')]
  await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { primary: { certificate: first.pem }, secondary: { certificate: second.pem } }),
  })
  const { json: read } = await world.ask('GET', '/enrollments/d')
  const written = await world.ask('PUT', '/enrollments/d', {
    json: { ...read, deviceId: 'other' },
    headers: { 'if-match': String(read.etag) },
  })
  expect(written.status).toBe(200)
  expect(slotsOf(written.json)).toEqual(slotsOf(read))
  const stored = await world.store.individual('d' as never)
  expect(stored?.attestation).toMatchObject({
    primary: { der: Buffer.from(first.der).toString('base64') },
    secondary: { der: Buffer.from(second.der).toString('base64') },
  })
})

test('rolls over: a new primary beside the info of the old one', async () => {
  await using world = await startServiceWorld()
  const [old, fresh] = [await certificateOf('d'), await certificateOf('d')]
  const { json } = await world.ask('PUT', '/enrollments/d', { json: x509('d', { primary: { certificate: old.pem } }) })
  const { info } = slotsOf(json).primary ?? {}
  const rolled = await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { primary: { certificate: fresh.pem }, secondary: { info } }),
    headers: { 'if-match': '*' },
  })
  expect(slotsOf(rolled.json).primary?.info.sha256Thumbprint).toBe(fresh.certificate.sha256Thumbprint)
  expect(slotsOf(rolled.json).secondary?.info.sha256Thumbprint).toBe(old.certificate.sha256Thumbprint)
  const lone = await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { secondary: { info } }),
    headers: { 'if-match': '*' },
  })
  expect(lone.status).toBe(200)
  expect(Object.keys(slotsOf(lone.json))).toEqual(['secondary'])
})

test('refuses an info block that names a foreign certificate, or is there with none stored', async () => {
  await using world = await startServiceWorld()
  const own = await certificateOf('d')
  const foreign = { sha256Thumbprint: 'AB'.repeat(32) }
  const fresh = await world.ask('PUT', '/enrollments/d', { json: x509('d', { primary: { info: foreign } }) })
  expect(fresh.json.errorCode).toBe(400004)
  await world.ask('PUT', '/enrollments/d', { json: x509('d', { primary: { certificate: own.pem } }) })
  const update = await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { primary: { info: foreign } }),
    headers: { 'if-match': '*' },
  })
  expect(update.json).toMatchObject({ errorCode: 400004, message: expect.stringContaining('ABABAB') })
})

test('reads one certificate from every form that clients send, and shows all eight members of it', async () => {
  await using world = await startServiceWorld()
  const { pem, der, certificate } = await certificateOf('pump')
  const base64 = Buffer.from(der).toString('base64')
  const forms = {
    pem,
    crlf: pem.replaceAll('\n', '\r\n'),
    'base64 of PEM': Buffer.from(pem).toString('base64'),
    'base64 of DER': base64,
    'with line breaks': base64.replace(/.{76}/g, '$&\r\n'),
  }
  for (const [form, text] of Object.entries(forms)) {
    const { json } = await world.ask('PUT', '/enrollments/pump', {
      json: x509('pump', { primary: { certificate: text } }),
      headers: form === 'pem' ? {} : { 'if-match': '*' },
    })
    expect(slotsOf(json).primary?.info.sha256Thumbprint, form).toBe(certificate.sha256Thumbprint)
  }
  const { json } = await world.ask('GET', '/enrollments/pump')
  expect(slotsOf(json).secondary).toEqual(slotsOf(json).primary)
  expect(slotsOf(json).primary?.info).toEqual({
    subjectName: 'CN=pump',
    sha1Thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/),
    sha256Thumbprint: expect.stringMatching(/^[0-9A-F]{64}$/),
    issuerName: 'CN=pump',
    notBeforeUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    notAfterUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
    version: 3,
  })
})

test.each([['garbage'], ['MIIB'], ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']])(
  'refuses %j as a certificate in a sentence',
  async (certificate) => {
    await using world = await startServiceWorld()
    const { status, json } = await world.ask('PUT', '/enrollments/d', { json: x509('d', { primary: { certificate } }) })
    expect(status).toBe(400)
    expect(json.errorCode).toBe(400004)
    expect(json.message).toContain('clientCertificates.primary.certificate is not a valid certificate')
  },
)

test('GET of one shows that it was never registered; PUT and query do not', async () => {
  await using world = await startServiceWorld()
  const put = await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const get = await world.ask('GET', '/enrollments/d')
  const query = await world.ask('POST', '/enrollments/query', { json: { query: '*' } })
  expect(get.json.registrationState).toEqual({ registrationId: 'd', status: 'unassigned' })
  expect(put.json).not.toHaveProperty('registrationState')
  expect(query.list[0]).not.toHaveProperty('registrationState')
})

test('two ids that differ by letter case are one enrollment, spelled as it was first', async () => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/dev', { json: symmetric('Dev') })
  expect((await world.ask('PUT', '/enrollments/DEV', { json: symmetric('DEV') })).status).toBe(409)
  const update = await world.ask('PUT', '/enrollments/DEV', {
    json: symmetric('dEV'),
    headers: { 'if-match': '*' },
  })
  expect(update.json.registrationId).toBe('Dev')
  expect((await world.ask('GET', '/enrollments/deV')).json.registrationId).toBe('Dev')
})

test('an id with a colon is reached in both spellings of its escape, and raw', async () => {
  await using world = await startServiceWorld()
  expect((await world.ask('PUT', '/enrollments/a%3Ab', { json: symmetric('a:b') })).status).toBe(200)
  expect((await world.ask('GET', '/enrollments/a%3ab')).json.registrationId).toBe('a:b')
  expect((await world.ask('GET', '/enrollments/a:b')).json.registrationId).toBe('a:b')
  // decoded once, not twice
  expect((await world.ask('GET', '/enrollments/a%253Ab')).json.errorCode).toBe(400004)
})

test.each([
  ['of 129 characters', 'a'.repeat(129)],
  ['that ends in a dot', 'dev.'],
  ['with a blank', 'a%20b'],
  ['with a slash', 'a%2Fb'],
])('refuses an id %s in every method', async (_, id) => {
  await using world = await startServiceWorld()
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const { json } = await world.ask(method, `/enrollments/${id}`, { json: symmetric(decodeURIComponent(id)) })
    expect(json.errorCode, method).toBe(400004)
  }
})

test('takes an id of 128 characters, each of them escaped', async () => {
  await using world = await startServiceWorld()
  const id = 'x'.repeat(128)
  const path = `/enrollments/${'%78'.repeat(128)}`
  expect((await world.ask('PUT', path, { json: symmetric(id) })).json.registrationId).toBe(id)
})

test('everything that was sent comes back, canonical, and members of newer versions too', async () => {
  await using world = await startServiceWorld()
  const { json } = await world.ask('PUT', '/enrollments/d', {
    json: symmetric('d', {
      deviceId: 'on@hub',
      optionalDeviceInformation: { line: 7 },
      provisioningStatus: 'Disabled',
      allocationPolicy: 'geolatency',
      iotHubs: ['B.hub.example', 'a.hub.example'],
      reprovisionPolicy: { migrateDeviceData: false },
      capabilities: {},
      initialTwin: { tags: { a: null }, properties: { desired: { $version: 4, version: '1' } } },
      credentialPolicyName: 'newer',
      anythingElse: { deep: [1, null] },
      nothing: null,
    }),
  })
  expect(json).toMatchObject({
    deviceId: 'on@hub',
    optionalDeviceInformation: { line: 7 },
    provisioningStatus: 'disabled',
    allocationPolicy: 'geoLatency',
    iotHubs: ['b.hub.example', 'a.hub.example'],
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
    capabilities: { iotEdge: false },
    credentialPolicyName: 'newer',
    anythingElse: { deep: [1, null] },
  })
  expect(json.initialTwin).toEqual({ tags: { a: null }, properties: { desired: { version: '1' } } })
  expect(json).not.toHaveProperty('nothing')
})

test('an update replaces the rest: what is left out is gone', async () => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/d', {
    json: symmetric('d', { deviceId: 'x', allocationPolicy: 'static', iotHubs: [hubs[0]], extra: 1 }),
  })
  const { json } = await world.ask('PUT', '/enrollments/d', { json: symmetric('d'), headers: { 'if-match': '*' } })
  expect(json).not.toHaveProperty('deviceId')
  expect(json).not.toHaveProperty('iotHubs')
  expect(json).not.toHaveProperty('extra')
})

test('the attestation type of an enrollment does not change', async () => {
  await using world = await startServiceWorld()
  await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const { json } = await world.ask('PUT', '/enrollments/d', {
    json: { registrationId: 'd', attestation: { type: 'tpm', tpm: { endorsementKey: 'EK' } } },
    headers: { 'if-match': '*' },
  })
  expect(json).toMatchObject({ errorCode: 400004, message: expect.stringContaining('from symmetricKey to tpm') })
})

test('a hub that was unlinked since does not stand in the way of a change', async () => {
  await using world = await startServiceWorld()
  const named = symmetric('d', { allocationPolicy: 'hashed', iotHubs: [...hubs] })
  await world.ask('PUT', '/enrollments/d', { json: named })
  const settings = await world.store.settings()
  if (!settings) throw new Error('no settings')
  const fewer = { ...settings, hubs: settings.hubs.slice(1) }
  await world.store.commit([{ put: 'settings', value: fewer, expect: 'any' }])
  expect((await world.ask('PUT', '/enrollments/d', { json: named, headers: { 'if-match': '*' } })).status).toBe(200)
  expect((await world.ask('PUT', '/enrollments/e', { json: { ...named, registrationId: 'e' } })).status).toBe(400)
})

test('of many updates under one etag exactly one wins; under a wildcard all do', async () => {
  await using world = await startServiceWorld()
  const { json } = await world.ask('PUT', '/enrollments/d', { json: symmetric('d') })
  const update = (etag: string) =>
    world.ask('PUT', '/enrollments/d', { json: symmetric('d'), headers: { 'if-match': etag } })
  const raced = await Promise.all(Array.from({ length: 8 }, () => update(String(json.etag))))
  expect(raced.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)])
  const wild = await Promise.all(Array.from({ length: 4 }, () => update('*')))
  expect(wild.map(({ status }) => status)).toEqual([200, 200, 200, 200])
})

test('of many creations at once exactly one wins', async () => {
  await using world = await startServiceWorld()
  const raced = await Promise.all(
    Array.from({ length: 8 }, () => world.ask('PUT', '/enrollments/d', { json: symmetric('d') })),
  )
  expect(raced.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)])
})

test('warns of a certificate whose name no device can have, of an expired one, and of static without a hub', async () => {
  await using world = await startServiceWorld({ at: '2031-01-01T00:00:00Z' })
  const other = await certificateOf('somebody-else')
  const { status, headers } = await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { primary: { certificate: other.pem } }, { allocationPolicy: 'static' }),
  })
  expect(status).toBe(200)
  const warning = String(headers['x-landfall-warning'])
  expect(warning).toContain('"somebody-else", not "d"')
  expect(warning).toContain('expired at 2030-01-31')
  expect(warning).toContain('iotHubs does not name which')
})

test.each([
  ['no hub is linked', false, {}, 'No hub is linked'],
  [
    'the hub of the older field is not',
    true,
    { iotHubHostName: 'elsewhere.example' },
    '"elsewhere.example" is not linked',
  ],
])('warns where %s', async (_, linked, more, sentence) => {
  await using world = await startServiceWorld({ linked })
  const { status, headers } = await world.ask('PUT', '/enrollments/d', { json: symmetric('d', more) })
  expect(status).toBe(200)
  expect(headers['x-landfall-warning']).toContain(sentence)
})

test('an enrollment as it should be comes without a warning', async () => {
  await using world = await startServiceWorld()
  const own = await certificateOf('D')
  const { headers } = await world.ask('PUT', '/enrollments/d', {
    json: x509('d', { primary: { certificate: own.pem } }),
  })
  expect(headers).not.toHaveProperty('x-landfall-warning')
})

test('an endorsement key is kept as it was given, with or without the size before it', async () => {
  await using world = await startServiceWorld()
  const { text, area } = makeFakeKey('ek', 'p256')
  for (const [id, endorsementKey] of [
    ['with', text],
    ['without', area.toString('base64')],
  ] as const) {
    const tpm = { endorsementKey, storageRootKey: 'not judged' }
    const json = { registrationId: id, attestation: { type: 'tpm', tpm } }
    expect((await world.ask('PUT', `/enrollments/${id}`, { json })).json.attestation).toEqual({ type: 'tpm', tpm })
    expect((await world.ask('GET', `/enrollments/${id}`)).json.attestation).toEqual({ type: 'tpm', tpm })
  }
})

test.each([
  ['EK', 'it is not base64'],
  ['AAAA', 'it is not the public area of an RSA or ECC key of a TPM'],
  [makeFakeKey('ek', 'p256').area.subarray(0, 60).toString('base64'), 'it ends before it is whole'],
])('the endorsement key %s is refused, and it says what is wrong with it', async (endorsementKey, why) => {
  await using world = await startServiceWorld()
  const json = { registrationId: 'd', attestation: { type: 'tpm', tpm: { endorsementKey } } }
  const reply = await world.ask('PUT', '/enrollments/d', { json })
  expect(reply.status).toBe(400)
  expect(reply.json).toMatchObject({ errorCode: 400004, message: expect.stringContaining(why) })
  expect(reply.json).toMatchObject({ message: expect.stringContaining('tpm2_readpublic') })
})

test('a bad endorsement key that was saved long ago may be sent back, so that the rest can be changed', async () => {
  await using world = await startServiceWorld()
  const good = { type: 'tpm', tpm: { endorsementKey: makeFakeKey('ek', 'p256').text } }
  await world.ask('PUT', '/enrollments/d', { json: { registrationId: 'd', attestation: good } })
  const stored = await world.store.individual('d' as never)
  if (!stored) throw new Error('it is not stored')
  const attestation = { type: 'tpm', endorsementKey: 'EK' } as const
  await world.store.commit([{ put: 'individual', value: { ...stored, attestation }, expect: 'any' }])
  const change = (endorsementKey: string) =>
    world.ask('PUT', '/enrollments/d', {
      json: { registrationId: 'd', deviceId: 'x', attestation: { type: 'tpm', tpm: { endorsementKey } } },
      headers: { 'if-match': '*' },
    })
  expect((await change('EK')).json).toMatchObject({ deviceId: 'x' })
  expect((await change('EK2')).status).toBe(400)
})
