/** What no client sends on purpose: each gets one clear sentence, and the next good request is served. */
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issueIntermediate } from '../../src/x509/issue.ts'
import { type RawDevice, registerRaw, send } from '../raw-device.ts'
import { enrolledCa, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

let world: World
let ca: TestCa
let device: RawDevice

beforeAll(async () => {
  world = await startWorld()
  ca = await enrolledCa(world)
  const { chainPem, issued } = await ca.device('good-1')
  device = { ...rawDevice('good-1'), certificate: chainPem, key: issued.keyPem }
})
afterAll(() => world[Symbol.asyncDispose]())

function rawDevice(registrationId: string): RawDevice {
  const { rootCaPath, idScope, ports } = world.connection
  return { host: '127.0.0.1', port: ports.https, rootPem: readFileSync(rootCaPath, 'utf8'), idScope, registrationId }
}

const serves = async () => expect((await registerRaw(device)).body.status).toBe('assigned')

async function service(method: string, path: string, body?: string, authorization?: string) {
  const answer = await world.fetch(
    `https://${world.authority}${path}${path.includes('?') ? '&' : '?'}api-version=2021-10-01`,
    {
      method,
      headers: { authorization: authorization ?? (await world.token()), 'content-type': 'application/json' },
      body,
    },
  )
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

describe('bodies of the service API', () => {
  test.each([
    ['no JSON', '{"registrationId":', 400],
    ['an array', '[]', 400],
    ['a number', '7', 400],
    ['100,000 levels of nesting', '['.repeat(100_000) + ']'.repeat(100_000), 400],
    ['100,000 nested objects', '{"a":'.repeat(100_000), 400],
    ['more than a mebibyte', JSON.stringify({ registrationId: 'x', padding: 'a'.repeat(1_100_000) }), 413],
    ['__proto__', '{"registrationId":"x","__proto__":{"polluted":true},"attestation":{"type":"symmetricKey"}}', 200],
    ['attestation of the wrong type', '{"registrationId":"x2","attestation":[]}', 400],
    [
      'a certificate that is none',
      '{"registrationId":"x3","attestation":{"type":"x509","x509":{"clientCertificates":{"primary":{"certificate":"AAAA"}}}}}',
      400,
    ],
    ['a nested number for a string', '{"registrationId":5,"attestation":{"type":"symmetricKey"}}', 400],
  ])('%s', async (_title, body, status) => {
    const id = /"registrationId":"(\w+)"/.exec(body)?.[1] ?? 'x'
    const answer = await service('PUT', `/enrollments/${id}`, body)
    expect(answer.status).toBe(status)
    if (status !== 200)
      expect(answer.body).toMatchObject({
        errorCode: expect.any(Number),
        trackingId: expect.any(String),
        message: expect.stringMatching(/\w.+\./),
      })
    expect(JSON.stringify(answer.body)).not.toMatch(/node:|\.ts:|at .+\(/)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    await serves()
  })
})

describe('ids of the device API', () => {
  test.each([
    ['129 characters', 'a'.repeat(129)],
    ['a dot at the end', 'a.'],
    ['a slash', 'a%2Fb'],
    ['a NUL', 'a%00b'],
    ['a line feed', 'a%0Ab'],
    ['an umlaut', '%C3%BC'],
    ['markup', '%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
    ['4,000 characters', 'a'.repeat(4000)],
  ])('%s is refused with 400004', async (_title, path) => {
    const { status, body } = await send(
      device,
      'PUT',
      `/${device.idScope}/registrations/${path}/register?api-version=2021-06-01`,
    )
    expect(status).toBe(400)
    expect(body.errorCode).toBe(400004)
  })

  test('a broken percent-encoding is refused as a bad request', async () => {
    const { status } = await send(device, 'PUT', `/${device.idScope}/registrations/%ZZ/register?api-version=2021-06-01`)
    expect(status).toBe(400)
    await serves()
  })
})

describe('devices that are refused, and told why', () => {
  test.each<[string, string, (id: string) => Promise<Partial<RawDevice>>]>([
    ['401002', 'expired', async (id) => issued(id, { at: world.clock.now() - 40 * 86_400_000 })],
    ['401002', 'not_yet_valid', async (id) => issued(id, { at: world.clock.now() + 3 * 86_400_000 })],
    ['401002', 'id_mismatch', async () => issued('another-one')],
    ['401002', 'not_a_ca', async (id) => belowADevice(id)],
    ['401002', 'credentials_missing', async () => ({})],
    ['401002', 'sas_wrong_key', async (id) => symmetric(id)],
    ['401002', 'unknown_enrollment', async () => ({ symmetricKey: Buffer.alloc(32, 9).toString('base64') })],
  ])('%s %s', async (code, reason, make) => {
    const id = `dev-${reason.replaceAll('_', '-')}`
    const { status, body } = await registerRaw({ ...rawDevice(id), ...(await make(id)) })
    expect(status).toBe(401)
    expect(body).toMatchObject({ errorCode: Number(code), info: { reason } })
    expect(body.message).toContain(id)
    const told = await world.fetch(`https://${world.authority}/landfall/attempts/${body.trackingId}`, {
      headers: { authorization: await world.token() },
    })
    expect(await told.json()).toMatchObject({
      reason,
      outcome: 'refused',
      trail: expect.arrayContaining([expect.objectContaining({ ok: false })]),
    })
  })

  async function issued(registrationId: string, { at = world.clock.now() } = {}): Promise<Partial<RawDevice>> {
    const made = await issueDevice({ registrationId, ca: ca.intermediate, at, random: realRandom })
    return { certificate: made.pem + ca.intermediate.pem, key: made.keyPem }
  }

  async function belowADevice(registrationId: string): Promise<Partial<RawDevice>> {
    const common = { at: world.clock.now(), random: realRandom }
    const parent = await issueDevice({ ...common, registrationId: 'parent', ca: ca.intermediate })
    const made = await issueDevice({ ...common, registrationId, ca: parent })
    return { certificate: made.pem + parent.pem + ca.intermediate.pem, key: made.keyPem }
  }

  async function symmetric(registrationId: string): Promise<Partial<RawDevice>> {
    await world.client.individualEnrollments.createOrUpdate({ registrationId, attestation: attestation.symmetricKey() })
    return { symmetricKey: Buffer.alloc(32, 1).toString('base64') }
  }

  test('a chain of twenty certificates is refused as too long, and costs no search', async () => {
    const common = { at: world.clock.now(), random: realRandom }
    let issuer = ca.intermediate
    let chain = issuer.pem
    for (let depth = 0; depth < 20; depth++) {
      issuer = await issueIntermediate({ ...common, commonName: `deep ${depth}`, ca: issuer })
      chain = issuer.pem + chain
    }
    const leaf = await issueDevice({ ...common, registrationId: 'deep-1', ca: issuer })
    const { body } = await registerRaw({ ...rawDevice('deep-1'), certificate: leaf.pem + chain, key: leaf.keyPem })
    expect(body).toMatchObject({ errorCode: 401002, info: { reason: 'chain_too_long' } })
    await serves()
  })
})

describe('back ends that may not', () => {
  test.each([
    ['no header', ''],
    ['a bearer token', 'Bearer abc'],
    ['garbage', 'SharedAccessSignature sr&sig&se'],
    ['an unknown policy', 'SharedAccessSignature sr=127.0.0.1&sig=YWJj&se=9999999999&skn=nobody'],
    ['a wrong signature', 'SharedAccessSignature sr=127.0.0.1&sig=YWJj&se=9999999999&skn=provisioningserviceowner'],
  ])('%s gets 401 and learns nothing of the id', async (_title, authorization) => {
    const answers = await Promise.all(
      ['line-7', 'nothing-there'].map((id) => service('GET', `/enrollmentGroups/${id}`, undefined, authorization)),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401])
    expect(answers[0]?.body.message).toBe(answers[1]?.body.message)
  })
})

describe('sockets that are no clients', () => {
  test.each([
    ['plain HTTP to the TLS port', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['random bytes', Buffer.from(realRandom.bytes(4096)).toString('latin1')],
  ])('%s is dropped', async (_title, bytes) => {
    await new Promise<void>((resolve) => {
      const socket = connectTcp({ host: '127.0.0.1', port: world.connection.ports.https }, () =>
        socket.write(bytes, 'latin1'),
      )
      socket
        .resume()
        .once('close', () => resolve())
        .once('error', () => resolve())
    })
    await serves()
  })

  test.each([
    ['HTTP garbage', 'NONSENSE\r\n\r\n'],
    ['headers of 100 KB', `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`],
    [
      'a body shorter than it says, then silence',
      'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nab',
    ],
  ])('%s inside TLS does not disturb others', async (_title, bytes) => {
    const socket = connectTls({ host: '127.0.0.1', port: world.connection.ports.https, ca: device.rootPem })
    socket.on('error', () => {})
    socket.once('secureConnect', () => socket.write(bytes))
    await serves()
    socket.destroy()
  })

  test.each([
    ['garbage', Buffer.from(realRandom.bytes(512))],
    ['a CONNECT that says it is 256 MiB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
    ['a PUBLISH before CONNECT', Buffer.from([0x30, 0x05, 0x00, 0x01, 0x61, 0x62, 0x63])],
    ['a remaining length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('MQTT: %s closes the connection', async (_title, bytes) => {
    await new Promise<void>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port: world.connection.ports.mqtt, ca: device.rootPem }, () =>
        socket.write(bytes),
      )
      socket
        .resume()
        .once('close', () => resolve())
        .on('error', () => {})
    })
    await serves()
  })
})
