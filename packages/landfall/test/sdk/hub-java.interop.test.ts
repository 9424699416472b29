/** The published Java SDKs, unmodified, on the embedded hub: the device client, and the service client that calls it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shows } from '../compatibility/shows.ts'
import { hub, makeDevice, makeModule, telemetryOf, textsOf } from '../hub/rig.ts'
import { makeTestCa, type TestCa } from '../test-ca.ts'
import { type JavaWorld, type Said, startJavaWorld } from './java.ts'

/** Beside each, what the back end dials. */
const transports = [
  ['MQTT', 'AMQPS'],
  ['AMQPS', 'AMQPS'],
  ['MQTT_WS', 'AMQPS_WS'],
  ['AMQPS_WS', 'AMQPS_WS'],
] as const
const amqp = ['AMQPS', 'AMQPS_WS'] as const
const credentials = ['key', 'certificate'] as const

let java: JavaWorld
let registry: (name: string) => Said
let said: (name: string) => Said

beforeAll(async () => {
  java = await startJavaWorld()
  const connectionString = java.world.connection.hubConnectionString
  registry = await java.run('Registry', { connectionString })
  const ca = await makeTestCa(java.world)
  const plain = await runHub('AMQPS', ca, 'HTTPS')
  const overWebSocket = await runHub('AMQPS_WS', ca)
  said = (name) => (name.includes('_WS') ? overWebSocket : plain)(name)
})
afterAll(() => java?.[Symbol.asyncDispose]())

/** One process for all devices whose back end dials so. */
async function runHub(protocol: string, ca: TestCa, ...more: readonly string[]) {
  const names = transports.filter(([, backEnd]) => backEnd === protocol).map(([transport]) => transport)
  const modules = await Promise.all(names.map(module))
  const devices = await Promise.all([...names, ...more].flatMap((name) => [byKey(name), byCertificate(name, ca)]))
  const { host, connection } = java.world
  return java.run('Hub', {
    protocol,
    host,
    connectionString: connection.hubConnectionString,
    devices: [...devices, ...modules],
  })
}

const idOf = (name: string) => `java-${name.replaceAll(/[ _]/g, '-')}`

async function byKey(transport: string) {
  const deviceId = idOf(`key ${transport}`)
  const key = await makeDevice(java.world, deviceId)
  return {
    case: `key ${transport}`,
    transport,
    deviceId,
    connectionString: `HostName=${java.world.host};DeviceId=${deviceId};SharedAccessKey=${key}`,
  }
}

async function byCertificate(transport: string, ca: TestCa) {
  const deviceId = idOf(`certificate ${transport}`)
  const { certificate, key, issued } = await ca.device(deviceId)
  const x509Thumbprint = { primaryThumbprint: issued.certificate.sha256Thumbprint }
  await makeDevice(java.world, deviceId, { authentication: { type: 'selfSigned', x509Thumbprint } })
  return { case: `certificate ${transport}`, transport, deviceId, certificate, key }
}

async function module(transport: string) {
  const deviceId = idOf(`module ${transport}`)
  await makeDevice(java.world, deviceId)
  const key = await makeModule(java.world, deviceId, 'filter')
  return {
    case: `module ${transport}`,
    transport,
    deviceId,
    moduleId: 'filter',
    connectionString: `HostName=${java.world.host};DeviceId=${deviceId};ModuleId=filter;SharedAccessKey=${key}`,
  }
}

describe.each(transports)('over %s', (transport) => {
  test.each(credentials)(
    'a device with its %s comes in and sends',
    shows(
      ['iot-device-client (Java, MQTT)', 'iot-device-client (Java, AMQP)'],
      'a SAS token',
      'an X.509 certificate',
      'telemetry with properties',
    ),
    async (credential) => expectTelemetry(`${credential} ${transport}`),
  )

  test.each(credentials)(
    'a device with its %s reads its twin, reports, and hears what is desired',
    shows(
      ['iot-device-client (Java, MQTT)', 'iot-device-client (Java, AMQP)'],
      'reading the twin',
      'reported properties',
      'desired properties as they change',
    ),
    async (credential) => {
      const name = `${credential} ${transport}`
      expectTwin(name)
      const twin = (await hub(java.world, `GET /twins/${idOf(name)}`)).body
      expect(twin.properties).toMatchObject({ desired: { interval: 9 }, reported: { temperature: { inside: 21 } } })
    },
  )

  test.each(credentials)(
    'a device with its %s answers a method',
    shows(['iot-device-client (Java, MQTT)', 'iot-device-client (Java, AMQP)'], 'direct methods answered'),
    async (credential) => expectCall(`${credential} ${transport}`),
  )

  test.each(credentials)(
    'a device with its %s completes a message',
    shows(['iot-device-client (Java, MQTT)', 'iot-device-client (Java, AMQP)'], 'messages, completed'),
    async (credential) => expectMail(`${credential} ${transport}`, { complete: 'success' }),
  )

  test(
    'a module does the same',
    shows(['iot-device-client (Java, MQTT)', 'iot-device-client (Java, AMQP)'], 'the same as a module'),
    async () => {
      const name = `module ${transport}`
      await expectTelemetry(name)
      expectTwin(name)
      expectCall(name)
    },
  )
})

describe.each(amqp)('over %s', (transport) => {
  test.each(credentials)(
    'a device with its %s gives a message back, gets it again, and rejects another',
    shows('iot-device-client (Java, AMQP)', 'messages given back and rejected'),
    async (credential) => expectMail(`${credential} ${transport}`, { abandon: 'success', reject: 'rejected' }),
  )
})

describe('over HTTPS', () => {
  test.each(credentials)(
    'a device with its %s sends, a batch too, completes a message and gives one back',
    shows(
      'iot-device-client (Java, HTTPS)',
      'a SAS token',
      'an X.509 certificate',
      'telemetry with properties',
      'telemetry in batches',
      'messages, completed',
    ),
    async (credential) => {
      const name = `${credential} HTTPS`
      expect(said(`${name} sends a batch`)).toEqual({ result: true })
      await expectTelemetry(name, 'one', 'two')
      expectMail(name, { complete: 'success', abandon: 'success' })
    },
  )
})

async function expectTelemetry(name: string, ...more: readonly string[]) {
  expect(said(`${name} opens`)).toEqual({ result: true })
  expect(said(`${name} sends`)).toEqual({ result: true })
  const events = await telemetryOf(java.world, idOf(name))
  expect(textsOf(events)).toEqual(['{"t":1}', 'second', ...more])
  expect(events[0]).toMatchObject({
    properties: { 'a&key': 'a/b&c=d' },
    system: { messageId: 'first', contentType: 'application/json', contentEncoding: 'utf-8' },
  })
}

function expectTwin(name: string) {
  expect(said(`${name} subscribes to its twin`)).toEqual({ result: true })
  expect(said(`${name} reads its twin`)).toEqual({ result: { desired: 1, reported: 1 } })
  expect(said(`${name} reports`)).toEqual({ result: true })
  expect(said(`${name} reports what no twin may hold`).error?.join()).toContain('BAD_FORMAT')
  expect(said(`${name} is desired`)).toEqual({ result: { interval: 9, version: 2 } })
}

function expectCall(name: string) {
  expect(said(`${name} is called`)).toEqual({ result: { status: 201, payload: { reset: { k: [1, 'ä'] } } } })
}

/** What the back end was told of each letter; those that are given back come twice. */
function expectMail(name: string, outcomes: Readonly<Record<string, string>>) {
  const { outcomes: told, heard } = said(`${name} hears`).result
  for (const [letter, outcome] of Object.entries(outcomes)) {
    const text = `${letter} ${name}`
    expect(told[text]).toBe(`${idOf(name)} ${outcome}`)
    const copies = heard.filter((one: { text: string }) => one.text === text)
    expect(copies).toEqual(Array(letter === 'abandon' ? 2 : 1).fill({ text, id: text, 'k&': 'v=/' }))
  }
}

describe('the service client', () => {
  test(
    'adds, reads, updates and removes devices and modules',
    shows('iot-service-client (Java)', 'device identities', 'modules', 'registry statistics'),
    async () => {
      expect(registry('device added').result).toEqual({ id: 'java-registry', status: 'Enabled', keyLength: 24 })
      expect(registry('device added again').error?.join()).toMatch(/IotHubConflictException.*DeviceAlreadyExists/)
      expect(registry('device updated')).toEqual({ result: 'Disabled' })
      expect(registry('module added')).toEqual({ result: ['filter'] })
      expect(registry('statistics')).toEqual({ result: 1 })
      expect(registry('device removed').error?.join()).toMatch(/IotHubNotFoundException.*DeviceNotFound/)
    },
  )

  test(
    'changes twins and finds them',
    shows('iot-service-client (Java)', 'twins', 'twins of modules', 'queries'),
    async () => {
      expect(registry('twin patched')).toEqual({ result: { tags: { line: 7 }, desired: 5 } })
      expect(registry('twin of a module patched')).toEqual({ result: 3 })
      expect(registry('twins queried')).toEqual({ result: ['java-registry'] })
    },
  )

  test.each(amqp)(
    'calls methods, writes to devices and hears what became of it, over %s',
    shows(
      'iot-service-client (Java)',
      'direct methods',
      'direct methods of modules',
      'messages to devices',
      'feedback',
    ),
    async (transport) => {
      expectCall(`key ${transport}`)
      expectCall(`module ${transport}`)
      expectMail(`key ${transport}`, { complete: 'success', reject: 'rejected' })
    },
  )
})
