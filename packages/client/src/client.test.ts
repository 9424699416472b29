import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import {
  attestation,
  ConflictError,
  type EnrollmentGroup,
  NotFoundError,
  PreconditionFailedError,
  ProvisioningServiceClient,
  ServiceUnreachableError,
  ThrottledError,
  UnauthorizedError,
} from './client.ts'

const key = Buffer.alloc(32, 1).toString('base64')

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

interface Answer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** A service that speaks the wire and gives the answers it is told, one after the other, the last one for ever. */
async function startWire(...answers: readonly Answer[]) {
  const asked: Asked[] = []
  const server = createServer(async (request, reply) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { method = '', url = '', headers } = request
    asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) })
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? {}
    reply.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
    reply.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = ProvisioningServiceClient.fromConnectionString(
    `HostName=127.0.0.1:${port};SharedAccessKeyName=owner;SharedAccessKey=${key}`,
    { fetch: (url, init) => fetch(url.replace('https:', 'http:'), init) },
  )
  return {
    client,
    asked,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const refusal = (status: number, message: string): Answer => ({
  status,
  body: { errorCode: status * 1000 + 201, trackingId: 'track-1', message, info: { reason: 'a_reason' } },
})

test('creates a group with one PUT that carries the api-version, the certificate and a token', async () => {
  await using wire = await startWire({ body: { enrollmentGroupId: 'plant:7', etag: 'e1' } })
  const made = await wire.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'plant:7',
    attestation: attestation.signingCertificate('PEM'),
  })
  expect(made).toEqual({ enrollmentGroupId: 'plant:7', etag: 'e1' })
  expect(wire.asked).toMatchObject([
    {
      method: 'PUT',
      url: '/enrollmentGroups/plant%3A7?api-version=2021-10-01',
      body: { attestation: { type: 'x509', x509: { signingCertificates: { primary: { certificate: 'PEM' } } } } },
    },
  ])
  expect(wire.asked[0]?.headers).not.toHaveProperty('if-match')
})

test('signs the host it talks to, for an hour, with the key of the policy', async () => {
  await using wire = await startWire({ body: {} })
  await wire.client.registrations.get('pump-12')
  const fields = /^SharedAccessSignature sr=([^&]+)&sig=([^&]+)&se=(\d+)&skn=owner$/.exec(
    wire.asked[0]?.headers.authorization ?? '',
  )
  const [, resource = '', signature = '', expiry = ''] = fields ?? []
  expect(decodeURIComponent(resource)).toBe(`127.0.0.1:${wire.port}`)
  expect(decodeURIComponent(signature)).toBe(
    createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expiry}`).digest('base64'),
  )
})

test('makes a new token when the old one nears its end', async () => {
  await using wire = await startWire({ body: {} })
  let now = Date.parse('2030-01-01T00:00:00Z')
  const client = new ProvisioningServiceClient(
    { hostName: `127.0.0.1:${wire.port}`, sharedAccessKeyName: 'owner', sharedAccessKey: key },
    { fetch: (url, init) => fetch(url.replace('https:', 'http:'), init), now: () => now },
  )
  for (const minutes of [0, 10, 50]) {
    now += minutes * 60_000
    await client.registrations.get('d')
  }
  const expiries = wire.asked.map(({ headers }) => Number(/se=(\d+)/.exec(headers.authorization ?? '')?.[1]))
  expect(expiries).toEqual(['01:00', '01:00', '02:00'].map((time) => Date.parse(`2030-01-01T${time}:00Z`) / 1000))
})

test('a token that the service finds expired is made again by the clock of the service, once', async () => {
  const late = { status: 401, body: { errorCode: 401000, message: 'Expired.', timestampUtc: '2040-01-01T00:00:00Z' } }
  await using wire = await startWire(late, { body: { registrationId: 'd' } })
  expect(await wire.client.registrations.get('d')).toEqual({ registrationId: 'd' })
  const expiry = Number(/se=(\d+)/.exec(wire.asked[1]?.headers.authorization ?? '')?.[1])
  expect(new Date(expiry * 1000).toISOString()).toMatch(/^2040-01-01T0[01]:/)
  await using strict = await startWire(late)
  await expect(strict.client.registrations.get('d')).rejects.toThrow(UnauthorizedError)
  expect(strict.asked).toHaveLength(2)
})

test('an object with an etag is written and deleted with If-Match; an id is deleted without', async () => {
  await using wire = await startWire({ body: {} })
  const group: EnrollmentGroup & { newMember: number } = {
    enrollmentGroupId: 'g',
    attestation: attestation.symmetricKey(),
    etag: 'IjEi',
    newMember: 1,
  }
  await wire.client.enrollmentGroups.createOrUpdate(group)
  await wire.client.enrollmentGroups.delete(group)
  await wire.client.enrollmentGroups.delete('g')
  expect(wire.asked.map(({ method, headers }) => [method, headers['if-match']])).toEqual([
    ['PUT', 'IjEi'],
    ['DELETE', 'IjEi'],
    ['DELETE', undefined],
  ])
  expect(wire.asked[0]?.body).toHaveProperty('newMember', 1)
})

test('reads a list to its end, page by page, and ends at an empty continuation too', async () => {
  await using wire = await startWire(
    { body: [{ enrollmentGroupId: 'a' }], headers: { 'x-ms-continuation': 'next' } },
    { body: [{ enrollmentGroupId: 'b' }], headers: { 'x-ms-continuation': '' } },
  )
  const ids: string[] = []
  for await (const group of wire.client.enrollmentGroups.query({ where: "id = 'x'", pageSize: 1 })) {
    ids.push(group.enrollmentGroupId)
  }
  expect(ids).toEqual(['a', 'b'])
  expect(wire.asked.map(({ headers }) => headers['x-ms-continuation'])).toEqual([undefined, 'next'])
  expect(wire.asked[0]).toMatchObject({
    url: '/enrollmentGroups/query?api-version=2021-10-01',
    headers: { 'x-ms-max-item-count': '1' },
    body: { query: "SELECT * FROM enrollmentGroups WHERE id = 'x'" },
  })
})

test('sends many items ten at a time and gathers their errors', async () => {
  const error = { registrationId: 'd3', errorCode: 409201, errorStatus: 'Enrollment already exists.' }
  await using wire = await startWire(
    { body: { isSuccessful: false, errors: [error] } },
    { body: { isSuccessful: true, errors: [] } },
  )
  const items = Array.from({ length: 12 }, (_, index) => ({
    registrationId: `d${index}`,
    attestation: attestation.symmetricKey(),
  }))
  expect(await wire.client.individualEnrollments.bulk('create', items)).toEqual({
    isSuccessful: false,
    errors: [error],
  })
  expect(wire.asked.map(({ body }) => (body as { enrollments: unknown[] }).enrollments.length)).toEqual([10, 2])
})

test.each([
  [401, UnauthorizedError],
  [404, NotFoundError],
  [409, ConflictError],
  [412, PreconditionFailedError],
])('a %i becomes its own error, with the code, the reason and the tracking id', async (status, Class) => {
  await using wire = await startWire(refusal(status, 'No, and here is why.'))
  const error = await wire.client.enrollmentGroups.get('g').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(Class)
  expect(error).toMatchObject({
    message: 'No, and here is why.',
    status,
    errorCode: status * 1000 + 201,
    reason: 'a_reason',
    trackingId: 'track-1',
  })
})

test('waits and asks again after 429, as often as it may', async () => {
  const busy = { ...refusal(429, 'Later.'), headers: { 'retry-after': '0' } }
  await using wire = await startWire(busy, busy, { body: { registrationId: 'd' } })
  expect(await wire.client.registrations.get('d')).toEqual({ registrationId: 'd' })
  await using full = await startWire(busy)
  await expect(full.client.registrations.delete('d')).rejects.toThrow(ThrottledError)
  expect(full.asked).toHaveLength(4)
})

test('repeats a read after 503 but never a write, which may have been done', async () => {
  const broken = { ...refusal(503, 'Down.'), headers: { 'retry-after': '0' } }
  await using wire = await startWire(broken, { body: {} })
  await wire.client.registrations.get('d')
  expect(wire.asked).toHaveLength(2)
  await using again = await startWire(broken, { body: {} })
  await expect(again.client.registrations.delete('d')).rejects.toMatchObject({ status: 503 })
  expect(again.asked).toHaveLength(1)
})

test('a service that is not there is an error that names the host', async () => {
  const client = ProvisioningServiceClient.fromConnectionString(
    `HostName=127.0.0.1:1;SharedAccessKeyName=owner;SharedAccessKey=${key}`,
  )
  const failing = client.registrations.get('d')
  await expect(failing).rejects.toThrow(ServiceUnreachableError)
  await expect(failing).rejects.toThrow('127.0.0.1:1')
})

test('an aborted call ends with the reason of its signal', async () => {
  await using wire = await startWire({ ...refusal(429, 'Later.'), headers: { 'retry-after': '60' } })
  const abort = new AbortController()
  const failing = wire.client.registrations.get('d', { signal: abort.signal })
  while (wire.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  abort.abort(new Error('the user went home'))
  await expect(failing).rejects.toThrow('the user went home')
})
