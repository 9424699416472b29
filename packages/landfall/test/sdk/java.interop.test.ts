/** The published Java SDKs, unmodified: devices that register over each transport, and the service client. */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrolledCa, makeTestCa, type TestCa } from '../test-ca.ts'
import { type JavaWorld, type Said, startJavaWorld } from './java.ts'

const transports = ['HTTPS', 'MQTT', 'MQTT_WS', 'AMQPS', 'AMQPS_WS'] as const

let java: JavaWorld
let devices: (name: string) => Said
let enrollments: (name: string) => Said

beforeAll(async () => {
  java = await startJavaWorld()
  const ca = await enrolledCa(java.world)
  const stranger = await makeTestCa(java.world, 'Strange')
  const orders = await Promise.all(
    transports.flatMap((transport) => [
      x509(`x509 ${transport}`, transport, ca),
      byKey(`key ${transport}`, transport),
      x509(`stranger ${transport}`, transport, stranger),
    ]),
  )
  devices = await java.run('Provisioning', {
    host: java.world.host,
    idScope: java.world.connection.idScope,
    devices: orders,
  })
  enrollments = await java.run('Enrollments', {
    connectionString: java.world.connection.serviceConnectionString,
    signingCertificate: (await makeTestCa(java.world, 'Java')).intermediate.pem,
    registered: { registrationId: idOf('x509 HTTPS'), groupId: 'line-7' },
  })
})
afterAll(() => java?.[Symbol.asyncDispose]())

const idOf = (name: string) => `java-${name.toLowerCase().replaceAll(/[ _]/g, '-')}`

async function x509(name: string, transport: string, ca: TestCa) {
  const registrationId = idOf(name)
  const { certificate, key } = await ca.device(registrationId)
  return { case: name, transport, registrationId, certificate, key }
}

async function byKey(name: string, transport: string) {
  const registrationId = idOf(name)
  const enrollment = await java.world.client.individualEnrollments.createOrUpdate({
    registrationId,
    attestation: attestation.symmetricKey(),
  })
  return { case: name, transport, registrationId, symmetricKey: enrollment.attestation.symmetricKey?.primaryKey }
}

describe.each(transports)('over %s', (transport) => {
  test.each([
    ['of an X.509 group', 'x509'],
    ['with a symmetric key', 'key'],
  ])('a device %s registers', (_title, credential) => {
    expect(devices(`${credential} ${transport}`).result).toEqual({
      status: 'PROVISIONING_DEVICE_STATUS_ASSIGNED',
      substatus: 'INITIAL_ASSIGNMENT',
      registrationId: idOf(`${credential} ${transport}`),
      deviceId: idOf(`${credential} ${transport}`),
      assignedHub: java.world.host,
    })
  })

  test('a stranger is told why it is refused', () => {
    expect(devices(`stranger ${transport}`).error?.join()).toMatch(/401002.*its issuer/)
  })
})

describe('the service client', () => {
  test('creates a group, finds it page by page, updates and deletes it', () => {
    expect(enrollments('group created').result).toEqual({
      id: 'java-group',
      status: 'enabled',
      subject: 'CN=Java intermediate CA',
    })
    expect(enrollments('groups queried')).toEqual({ result: [['java-group'], ['line-7']] })
    expect(enrollments('group updated')).toEqual({ result: 'disabled' })
    expect(enrollments('group updated with a stale ETag').error?.join()).toContain('PreconditionFailed')
    expect(enrollments('group deleted').error?.join()).toMatch(/NotFoundException.*404202/)
  })

  test('creates enrollments in bulk, reads and finds them, and deletes them', () => {
    expect(enrollments('enrollments created in bulk')).toEqual({ result: true })
    expect(enrollments('keys of an enrollment read')).toEqual({ result: 88 })
    const pages = enrollments('enrollments queried').result as readonly (readonly string[])[]
    expect(pages.every((page, index) => page.length === 2 || index === pages.length - 1)).toBe(true)
    expect(pages.flat()).toEqual(expect.arrayContaining(['java-0', 'java-1', 'java-2', 'java-3', 'java-4']))
    expect(enrollments('enrollments deleted in bulk')).toEqual({ result: true })
  })

  test('reads what became of registrations, and deletes one', () => {
    const ids = transports.map((transport) => idOf(`x509 ${transport}`))
    expect(enrollments('registrations of a group').result.flat().toSorted()).toEqual(ids.toSorted())
    expect(enrollments('registration read').result).toEqual({ status: 'assigned', assignedHub: java.world.host })
    expect(enrollments('registration deleted').error?.join()).toMatch(/NotFoundException/)
  })
})
