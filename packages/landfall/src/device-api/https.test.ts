import { Agent, request as httpsRequest } from 'node:https'
import { expect, test } from 'vitest'
import { operationId, registrationOf } from '../../test/transport/recorder.ts'
import { call, deviceTls, startTransports } from '../../test/transport/world.ts'
import { ProvisioningError } from '../fault.ts'

const version = 'api-version=2021-06-01'
const base = '/0ne00000A0A/registrations/dev-1'
const register = `${base}/register?${version}`

test('a device registers with its certificate in one round trip', async () => {
  await using world = await startTransports()
  const answer = await call(world, 'PUT', register, { body: '{"registrationId":"dev-1","payload":{"a":1}}' })
  expect(answer).toMatchObject({ status: 200, body: { operationId, status: 'assigned' } })
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['content-length']).toBe(String(answer.text.length))
  expect(answer.headers['x-powered-by']).toBeUndefined()
  const [request] = world.device.registered
  expect(answer.headers['x-ms-request-id']).toBe(request?.trackingId)
  expect(request).toMatchObject({
    idScope: '0ne00000A0A',
    registrationId: 'dev-1',
    apiVersion: '2021-06-01',
    bodyRegistrationId: 'dev-1',
    payload: { a: 1 },
    transport: 'https',
    remoteAddress: '127.0.0.1',
  })
  expect(request?.evidence.certificates).toHaveLength(1)
  expect(world.log.at(-1)?.facts).toMatchObject({ trackingId: request?.trackingId, outcome: 'assigned' })
})

test('a SAS token is handed on as it was sent, and never logged', async () => {
  await using world = await startTransports()
  const token = 'SharedAccessSignature sr=0ne%2fregistrations%2fdev-1&sig=a%2Bb&se=1&skn='
  await call(world, 'PUT', register, { cert: undefined, key: undefined, headers: { AUTHORIZATION: token } })
  expect(world.device.registered[0]?.evidence).toMatchObject({ certificates: [], sasToken: token, tpm: undefined })
  expect(JSON.stringify(world.log)).not.toContain('SharedAccessSignature')
})

const tolerated: readonly [string, string, string, Record<string, string>, string | undefined][] = [
  ['an empty body', 'PUT', register, {}, undefined],
  ['no Content-Type', 'PUT', register, {}, '{}'],
  ['a foreign Content-Type', 'PUT', register, { 'content-type': 'text/plain' }, '{}'],
  [
    'Content-Encoding: utf-8',
    'PUT',
    register,
    { 'content-encoding': 'utf-8', 'content-type': 'application/json' },
    '{}',
  ],
  ['a trailing slash', 'PUT', `${base}/register/?${version}`, {}, '{}'],
  ['letter case in the path', 'PUT', `/0ne00000A0A/Registrations/dev-1/REGISTER?API-Version=2021-06-01`, {}, '{}'],
  ['a percent-encoded id', 'PUT', `/0ne00000A0A/registrations/dev%2d1/register?${version}`, {}, '{}'],
  ['forceRegistration', 'PUT', `${register}&forceRegistration=true`, {}, '{}'],
  ['a GET with a body', 'GET', `${base}/operations/${operationId}?${version}`, { 'content-length': '2' }, '{}'],
]
for (const [what, method, path, headers, body] of tolerated) {
  test(`bears ${what}`, async () => {
    await using world = await startTransports()
    expect(await call(world, method, path, { headers, body })).toMatchObject({
      status: 200,
      body: { status: 'assigned' },
    })
    expect([...world.device.registered, ...world.device.polled][0]).toMatchObject({
      idScope: '0ne00000A0A',
      registrationId: 'dev-1',
    })
  })
}

test('a PUT and a GET with a body share one connection, as the Node SDK does', async () => {
  await using world = await startTransports()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = (method: string, path: string) =>
    call(world, method, path, { agent, body: '{}', headers: { 'content-length': '2' } })
  expect((await send('PUT', register)).status).toBe(200)
  expect((await send('GET', `${base}/operations/5.ab.cd?${version}`)).status).toBe(200)
  expect((await send('GET', `${base}/operations/5.ab.cd?${version}`)).status).toBe(200)
  agent.destroy()
  expect(world.device.polled[0]?.operationId).toBe('5.ab.cd')
})

test('ids are handed on as written, whatever they hold, for the engine to judge', async () => {
  await using world = await startTransports()
  for (const id of ['A:b._c', 'a'.repeat(128), 'x'.repeat(129), 'ä €', 'a/b', '%', '..x']) {
    expect((await call(world, 'PUT', `/0ne/registrations/${encodeURIComponent(id)}/register?${version}`)).status).toBe(
      200,
    )
    expect(world.device.registered.at(-1)?.registrationId).toBe(id)
  }
})

test('the status look-up gives the record itself', async () => {
  await using world = await startTransports()
  const answer = await call(world, 'POST', `${base}?${version}`, { body: '{"registrationId":"dev-1"}' })
  expect(answer.status).toBe(200)
  expect(answer.body).toMatchObject({
    registrationId: 'dev-1',
    etag: registrationOf('dev-1').etag,
    assignedHub: 'hub.example',
  })
  expect(answer.body.operationId).toBeUndefined()
})

test('a refusal has status, code, sentence and tracking id, in the body and in headers', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new ProvisioningError('id_mismatch', { commonName: 'other', id: 'dev-1' })
  }
  const { status, headers, body } = await call(world, 'PUT', register)
  expect({ status, body }).toMatchObject({
    status: 401,
    body: { errorCode: 401002, info: { reason: 'id_mismatch' }, message: expect.stringContaining('"other"') },
  })
  expect(headers['x-ms-request-id']).toBe(body.trackingId)
  expect(headers['x-ms-error-code']).toBe('401002')
  expect(world.log.at(-1)?.facts).toMatchObject({
    trackingId: body.trackingId,
    registrationId: 'dev-1',
    reason: 'id_mismatch',
    code: 401002,
    transport: 'https',
    remoteAddress: '127.0.0.1',
    durationMs: expect.any(Number),
  })
})

test('the cloud way is the bare text', async () => {
  await using world = await startTransports({ fidelity: 'cloud' })
  world.device.onRegister = () => {
    throw new ProvisioningError('id_mismatch', { commonName: 'other', id: 'dev-1' })
  }
  const { body } = await call(world, 'PUT', register)
  expect(body).toMatchObject({ errorCode: 401002, message: 'Unauthorized' })
  expect(body.info).toBeUndefined()
})

test('what nobody foresaw is a 500 with a tracking id and no text', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new Error('the secret of the house')
  }
  const { status, text, body } = await call(world, 'PUT', register)
  expect(status).toBe(500)
  expect(text).not.toContain('secret')
  expect(body.message).toContain(body.trackingId)
  expect(world.log.at(-1)).toMatchObject({ level: 'error', facts: { reason: 'internal' } })
})

test('overload tells when to come again', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => {
    throw new ProvisioningError('overloaded')
  }
  expect(await call(world, 'PUT', register)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
})

const refused: readonly [string, string, string, string | Uint8Array | undefined, number, string][] = [
  ['no api-version', 'PUT', `${base}/register`, '{}', 400, 'api_version'],
  ['an empty api-version', 'PUT', `${base}/register?api-version=`, '{}', 400, 'api_version'],
  ['a body that is not JSON', 'PUT', register, '{', 400, 'registration_malformed'],
  ['deep JSON', 'PUT', register, '['.repeat(90_000), 400, 'registration_malformed'],
  ['a body of more than 96 KiB', 'PUT', register, Buffer.alloc(97 * 1024, 0x20), 413, 'body_too_large'],
  ['another method', 'DELETE', register, undefined, 405, 'method_not_allowed'],
  ['another path', 'GET', '/nothing/here', undefined, 404, 'not_found'],
  ['bad percent-encoding', 'PUT', `/0ne/registrations/a%zz/register?${version}`, undefined, 400, 'bad_request'],
  ['bad UTF-8 in the path', 'PUT', `/0ne/registrations/%ff%fe/register?${version}`, undefined, 400, 'bad_request'],
]
for (const [what, method, path, body, status, reason] of refused) {
  test(`refuses ${what} with ${status}`, async () => {
    await using world = await startTransports()
    const answer = await call(world, method, path, { body })
    expect(answer).toMatchObject({ status, body: { info: { reason } } })
    expect(Math.floor(answer.body.errorCode / 1000)).toBe(status)
    expect(world.device.registered).toHaveLength(0)
    // paths that name no device are no attempts
    const noted = world.device.unread.map(({ fault, request }) => [fault.reason, request.trackingId])
    expect(noted).toEqual(path.startsWith(base) ? [[reason, answer.body.trackingId]] : [])
  })
}

test('refuses a compressed body with 415', async () => {
  await using world = await startTransports()
  expect(await call(world, 'PUT', register, { body: 'x', headers: { 'content-encoding': 'gzip' } })).toMatchObject({
    status: 415,
  })
})

test('refuses a Content-Type that is none with 415', async () => {
  await using world = await startTransports()
  expect(await call(world, 'PUT', register, { body: '{}', headers: { 'content-type': ';;;' } })).toMatchObject({
    status: 415,
    body: { errorCode: 415000 },
  })
})

test('a huge body is refused before it has come', async () => {
  await using world = await startTransports()
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-length': String(2 ** 40) }
    const options = {
      ...deviceTls(world),
      port: world.httpsPort,
      agent: false as const,
      method: 'PUT',
      path: register,
      headers,
    }
    const request = httpsRequest(options, (response) => {
      resolve(response.statusCode)
      request.destroy()
    })
    request.on('error', reject)
    request.write('{')
  })
  expect(status).toBe(413)
})

test('an unknown api-version is answered and noted; the cloud way refuses it', async () => {
  await using ours = await startTransports()
  const path = `${base}/register?api-version=2099-01-01`
  expect((await call(ours, 'PUT', path)).status).toBe(200)
  expect(ours.log).toContainEqual(
    expect.objectContaining({ level: 'warn', facts: expect.objectContaining({ apiVersion: '2099-01-01' }) }),
  )
  await using cloud = await startTransports({ fidelity: 'cloud' })
  expect(await call(cloud, 'PUT', path)).toMatchObject({ status: 400, body: { message: 'Unsupported api-version' } })
})

test('a TPM is challenged by the 401 that its SDKs know, member by member', async () => {
  await using world = await startTransports()
  world.device.onRegister = () => ({ kind: 'challenge', authenticationKey: 'ADQAIwrapped' })
  const tpm = { endorsementKey: 'AToA', storageRootKey: 'ARoA' }
  const noCertificate = { cert: undefined, key: undefined }
  const answer = await call(world, 'PUT', register, { ...noCertificate, body: JSON.stringify({ tpm }) })
  expect(answer.status).toBe(401)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['x-ms-error-code']).toBeUndefined()
  expect(answer.text).toBe(
    '{"message":"Authorization required, resend request using supplied key","authenticationKey":"ADQAIwrapped","unencryptedAuthenticationKey":null,"keyName":"registration"}',
  )
  expect(world.device.registered[0]?.evidence).toMatchObject({ certificates: [], tpm })
  expect(world.log.at(-1)?.facts).toMatchObject({
    outcome: 'challenged',
    trackingId: answer.headers['x-ms-request-id'],
  })
})

test('an assigned TPM is told the key of its hub, also when it polls', async () => {
  await using world = await startTransports()
  const registration = registrationOf('dev-1', { attestation: 'tpm' })
  const assigned = { kind: 'assigned', operationId, registration, authenticationKey: 'ADQAIwrapped' } as const
  world.device.onRegister = () => assigned
  world.device.onPoll = () => assigned
  const state = { tpm: { authenticationKey: 'ADQAIwrapped' }, assignedHub: 'hub.example' }
  expect((await call(world, 'PUT', register)).body).toMatchObject({ status: 'assigned', registrationState: state })
  const polled = await call(world, 'GET', `${base}/operations/${operationId}?${version}`)
  expect(polled.body).toMatchObject({ operationId, status: 'assigned', registrationState: state })
})
