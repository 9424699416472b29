import { expect, test } from 'vitest'
import { host, ownerKey, startOperator } from '../../test/operator-api/world.ts'
import { hubNameOf, isDeviceId, makeEtag, type TrackingId } from '../ids.ts'
import { realRandom as random } from '../system.ts'
import { issueDevice, issueRoot, issueVerification } from '../x509/issue.ts'

test('learns nothing to those without a token or without ServiceConfig, not even which paths exist', async () => {
  await using operator = await startOperator()
  for (const path of ['/instance', '/nothing-here', '/certificates/x'])
    expect(await operator.ask('GET', path, undefined, '')).toMatchObject({
      status: 401,
      body: {
        info: { reason: 'token_missing' },
        message: expect.stringMatching(/^No Authorization header\. .* shared access policy, or a bearer token/),
      },
    })
  expect(await operator.ask('GET', '/instance', undefined, 'writer')).toMatchObject({
    status: 401,
    body: { info: { reason: 'token_missing_right' } },
  })
})

test('says what the service is called, where it is reached and how much it holds', async () => {
  await using operator = await startOperator()
  expect(await operator.ask('GET', '/instance')).toMatchObject({
    status: 200,
    body: {
      idScope: '0ne00000A0A',
      deviceEndpoint: host,
      ports: { https: 443, mqtt: 8883 },
      hubs: [{ name: host, linked: true }],
      counts: { individuals: 0, groups: 0, registrations: 0 },
      storage: { writable: true },
    },
  })
})

test('an unknown path, a broken body and a wrong member are refused in one shape', async () => {
  await using operator = await startOperator()
  const shape = { trackingId: expect.any(String), timestampUtc: '2030-01-01T00:00:00.000Z' }
  expect(await operator.ask('GET', '/nothing-here')).toMatchObject({
    status: 404,
    body: { errorCode: 404000, ...shape },
  })
  expect(await operator.ask('PUT', '/allocation-policy', { allocationPolicy: 'random' })).toMatchObject({
    status: 400,
    body: { errorCode: 400004, ...shape },
  })
  expect(await operator.ask('PUT', '/allocation-policy')).toMatchObject({ status: 400, body: shape })
})

test('a CA certificate is uploaded, proved by its key and verified', async () => {
  await using operator = await startOperator()
  const at = operator.clock.now()
  const ca = await issueRoot({ commonName: 'Plant 7 root', at, random })
  const added = await operator.ask('PUT', '/certificates/plant-7', { certificate: ca.pem })
  expect(added).toMatchObject({ status: 200, body: { name: 'plant-7', isVerified: false } })
  const { body } = await operator.ask('POST', '/certificates/Plant-7/code')
  expect(body.verificationCode).toMatch(/^[0-9A-F]{48}$/)
  const stranger = await issueRoot({ commonName: 'Plant 7 root', at, random })
  const wrong = await issueVerification({ code: body.verificationCode, ca: stranger, at, random })
  expect((await operator.ask('POST', '/certificates/plant-7/verify', { certificate: wrong.pem })).status).toBe(400)
  const proof = await issueVerification({ code: body.verificationCode, ca, at, random })
  expect(await operator.ask('POST', '/certificates/plant-7/verify', { certificate: proof.pem })).toMatchObject({
    status: 200,
    body: { isVerified: true },
  })
  expect((await operator.ask('GET', '/certificates')).body).toMatchObject([{ name: 'plant-7', isVerified: true }])
  expect((await operator.ask('GET', '/certificates/plant-7')).body.certificate).toBe(
    Buffer.from(ca.der).toString('base64'),
  )
})

test('a leaf is no CA certificate, and a private key is never stored', async () => {
  await using operator = await startOperator()
  const at = operator.clock.now()
  const ca = await issueRoot({ commonName: 'root', at, random })
  const leaf = await issueDevice({ registrationId: 'pump-12', ca, at, random })
  expect(await operator.ask('PUT', '/certificates/leaf', { certificate: leaf.pem })).toMatchObject({ status: 400 })
  const both = { certificate: `${ca.pem}\n${ca.keyPem}` }
  expect(await operator.ask('PUT', '/certificates/root', both)).toMatchObject({ status: 400 })
  expect((await operator.ask('GET', '/certificates')).body).toEqual([])
})

test('a hub is made, weighed, unlinked, and not deleted with devices on it unless forced', async () => {
  await using operator = await startOperator()
  const made = await operator.ask('PUT', '/hubs/Hub-B.example', { allocationWeight: 3 })
  expect(made).toMatchObject({ status: 200, body: { name: 'hub-b.example', kind: 'embedded', allocationWeight: 3 } })
  expect((await operator.ask('PUT', '/hubs/hub-b.example', {})).status).toBe(409)
  expect((await operator.ask('PATCH', '/hubs/hub-b.example', { linked: false })).body).toMatchObject({ linked: false })
  await putDevice(operator, 'pump-12')
  expect(await operator.ask('DELETE', '/hubs/hub-b.example')).toMatchObject({
    status: 409,
    body: { errorCode: 409002 },
  })
  expect((await operator.ask('DELETE', '/hubs/hub-b.example/devices/pump-12')).status).toBe(204)
  expect((await operator.ask('DELETE', '/hubs/hub-b.example/devices/pump-12')).status).toBe(404)
  await putDevice(operator, 'pump-13')
  expect((await operator.ask('DELETE', '/hubs/hub-b.example?force=true')).status).toBe(204)
  expect((await operator.ask('GET', '/hubs')).body).toMatchObject([{ name: host, devices: 0 }])
  expect((await operator.ask('DELETE', `/hubs/${host}?force=true`)).status).toBe(409)
})

async function putDevice({ store, clock }: Awaited<ReturnType<typeof startOperator>>, deviceId: string) {
  if (!isDeviceId(deviceId)) throw new Error(deviceId)
  const value = {
    hub: hubNameOf('hub-b.example'),
    deviceId,
    generationId: '1',
    etag: makeEtag(random),
    status: 'enabled' as const,
    authentication: { type: 'none' as const },
    iotEdge: false,
    createdAt: clock.now(),
  }
  await store.commit([{ put: 'device', value, expect: 'absent' }])
}

test('a real hub is linked by a connection string of its own, which is shown to nobody who does not ask', async () => {
  await using operator = await startOperator()
  const connectionString = `HostName=real.hub;SharedAccessKeyName=iothubowner;SharedAccessKey=${ownerKey}`
  expect((await operator.ask('PUT', '/hubs/other.hub', { connectionString })).status).toBe(400)
  expect((await operator.ask('PUT', '/hubs/real.hub', { connectionString })).body).toMatchObject({ kind: 'azure' })
  expect(JSON.stringify((await operator.ask('GET', '/hubs/real.hub')).body)).not.toContain(ownerKey)
  expect(JSON.stringify((await operator.ask('GET', '/hubs/real.hub?keys=true')).body)).toContain(ownerKey)
})

test('a policy is made, shown without its keys, rotated and deleted; the last with ServiceConfig stays', async () => {
  await using operator = await startOperator()
  const made = await operator.ask('PUT', '/policies/enroller', { rights: ['EnrollmentWrite'] })
  expect(made.body.connectionString).toBe(
    `HostName=${host};SharedAccessKeyName=enroller;SharedAccessKey=${made.body.primaryKey}`,
  )
  const { primaryKey, secondaryKey } = made.body
  expect((await operator.ask('GET', '/policies/enroller')).body).toEqual({
    name: 'enroller',
    rights: ['EnrollmentWrite'],
  })
  expect((await operator.ask('POST', '/policies/enroller/rotate', { key: 'swap' })).body).toMatchObject({
    primaryKey: secondaryKey,
    secondaryKey: primaryKey,
  })
  const fresh = await operator.ask('POST', '/policies/enroller/rotate', { key: 'primary' })
  expect(fresh.body.secondaryKey).toBe(primaryKey)
  expect(fresh.body.primaryKey).not.toBe(secondaryKey)
  expect((await operator.ask('DELETE', '/policies/enroller')).status).toBe(204)
  expect((await operator.ask('DELETE', '/policies/owner')).status).toBe(400)
  expect((await operator.ask('GET', '/policies')).body).toHaveLength(3)
})

test('an attempt is found by its tracking id and by the device, whatever the case of the id', async () => {
  await using operator = await startOperator()
  const trackingId = random.uuid() as TrackingId
  const trail = [{ step: 'enrollment' as const, ok: false, says: 'There is none.' }]
  const attempt = { trackingId, registrationId: 'Pump-12', key: 'pump-12' as never, transport: 'mqtt' as const, trail }
  operator.store.note({ ...attempt, at: operator.clock.now(), outcome: 'refused', durationMs: 1 })
  const found = await operator.ask('GET', `/attempts/${trackingId}`)
  expect(found.body).toMatchObject({ trackingId, registrationId: 'Pump-12', at: '2030-01-01T00:00:00.000Z', trail })
  expect((await operator.ask('GET', '/attempts?registrationId=PUMP-12')).body).toMatchObject([{ trackingId }])
  expect((await operator.ask('GET', `/attempts/${random.uuid()}`)).status).toBe(404)
})

test('many changes of settings at the same moment are all made', async () => {
  await using operator = await startOperator()
  const names = Array.from({ length: 30 }, (_, n) => `reader-${n}`)
  const make = (name: string) => operator.ask('PUT', `/policies/${name}`, { rights: ['EnrollmentRead'] })
  const answers = await Promise.all(names.map(make))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  const { body } = await operator.ask('GET', '/policies')
  expect(body.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(names))
})
