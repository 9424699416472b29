/** A device with a TPM from enrollment to telemetry, over real sockets; its TPM is the reverse of ours (test/tpm/fake-tpm.ts). */
import { readFileSync } from 'node:fs'
import { connectAsync } from 'mqtt'
import { expect, test, vi } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { telemetryOf, textsOf } from '../hub/rig.ts'
import { type RawDevice, registerRaw, send } from '../raw-device.ts'
import { activate, makeFakeTpm } from '../tpm/fake-tpm.ts'
import { startWorld, type World } from '../world.ts'
import { landfall, landfallJson } from './landfall.ts'

// whole programs, one after the other, on a machine that may be busy
vi.setConfig({ testTimeout: 180_000 })

const registrationId = 'chip-1'
const tpm = makeFakeTpm()
const keys = { endorsementKey: tpm.endorsementKey.text, storageRootKey: tpm.storageRootKey.text }

const deviceOf = ({ connection, host }: World): RawDevice => ({
  host,
  port: connection.ports.https,
  rootPem: readFileSync(connection.rootCaPath, 'utf8'),
  idScope: connection.idScope,
  registrationId,
  body: JSON.stringify({ registrationId, tpm: keys }),
})

const open = (blob: unknown) => activate(tpm, Buffer.from(String(blob), 'base64')).key.toString('base64')

async function enrolled(world: World) {
  const order = ['enrollment', 'create', registrationId, '--endorsement-key', keys.endorsementKey, '--data', world.dir]
  expect(await landfallJson(order)).toMatchObject({ attestation: { type: 'tpm' } })
}

test('it is enrolled, challenged, assigned after a restart, polls, and sends with the key in its TPM', async () => {
  await using world = await startWorld()
  await enrolled(world)
  const challenge = await registerRaw(deviceOf(world))
  expect(challenge).toMatchObject({
    status: 401,
    body: { keyName: 'registration', unencryptedAuthenticationKey: null },
  })
  expect(await landfall(['explain', String(challenge.headers['x-ms-request-id']), '--data', world.dir])).toMatchObject({
    stdout: expect.stringContaining('Challenged: its TPM was sent a key.'),
  })
  await world.restart()
  const key = open(challenge.body.authenticationKey)
  const device = { ...deviceOf(world), symmetricKey: key }
  const assigned = await registerRaw(device)
  expect(assigned).toMatchObject({ status: 200, body: { status: 'assigned' } })
  const { operationId, registrationState } = assigned.body as { operationId?: string; registrationState?: Assigned }
  const hubKey = open(registrationState?.tpm.authenticationKey)
  const path = `/${device.idScope}/registrations/${registrationId}/operations/${operationId}?api-version=2021-06-01`
  const polled = (await send(device, 'GET', path)).body as { registrationState?: Assigned }
  expect(open(polled.registrationState?.tpm.authenticationKey)).toBe(hubKey)
  await sendText(world, registrationState?.assignedHub ?? '', hubKey)
  expect(textsOf(await telemetryOf(world, registrationId))).toEqual(['from a TPM'])
  expect(JSON.stringify([challenge.body, assigned.body, polled])).not.toContain(hubKey)
})

interface Assigned {
  readonly assignedHub: string
  readonly tpm: { readonly authenticationKey: string }
}

async function sendText({ host, connection }: World, hub: string, key: string): Promise<void> {
  const resource = `${hub}/devices/${registrationId}`
  const client = await connectAsync(`mqtts://${host}:${connection.ports.mqtt}`, {
    ca: readFileSync(connection.rootCaPath),
    clientId: registrationId,
    username: `${hub}/${registrationId}/?api-version=2021-04-12`,
    password: makeToken({ resource, key, expiry: Date.now() + 3_600_000 }),
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  await client.publishAsync(`devices/${registrationId}/messages/events/`, 'from a TPM', { qos: 1 })
  await client.endAsync()
}

test('over MQTT it is refused on the response topic, with a sentence that says where to go', async () => {
  await using world = await startWorld()
  await enrolled(world)
  const { host, connection } = world
  const resource = `${connection.idScope}/registrations/${registrationId}`
  const client = await connectAsync(`mqtts://${host}:${connection.ports.mqtt}`, {
    ca: readFileSync(connection.rootCaPath),
    clientId: registrationId,
    username: `${resource}/api-version=2019-03-31`,
    password: makeToken({ resource, key: Buffer.alloc(32).toString('base64'), expiry: Date.now() + 3_600_000 }),
    protocolVersion: 4,
    reconnectPeriod: 0,
  })
  await client.subscribeAsync('$dps/registrations/res/#')
  const answered = new Promise<[string, string]>((resolve) =>
    client.once('message', (topic, payload) => resolve([topic, payload.toString()])),
  )
  await client.publishAsync('$dps/registrations/PUT/iotdps-register/?$rid=1', JSON.stringify({ tpm: keys }), { qos: 1 })
  const [topic, body] = await answered
  expect(topic).toContain('/res/401/')
  expect(JSON.parse(body)).toMatchObject({
    errorCode: 401002,
    message: `The device "${registrationId}" attests by TPM, for which MQTT has no step. Let it register over HTTPS or AMQP; its hub it may reach over MQTT.`,
  })
  await client.endAsync()
})

test('with the pace of the cloud its key comes with the poll', async () => {
  await using world = await startWorld({ config: { pace: 'cloud' } })
  await enrolled(world)
  const key = open((await registerRaw(deviceOf(world))).body.authenticationKey)
  const device = { ...deviceOf(world), symmetricKey: key }
  const { status, body } = await registerRaw(device)
  expect([status, body.status, body.registrationState]).toEqual([202, 'assigning', undefined])
  const path = `/${device.idScope}/registrations/${registrationId}/operations/${body.operationId}?api-version=2021-06-01`
  const polled = await send(device, 'GET', path)
  expect(polled).toMatchObject({ status: 200, body: { status: 'assigned' } })
  expect(open((polled.body.registrationState as unknown as Assigned).tpm.authenticationKey)).toBeTruthy()
})

test('the secret of challenges is in no answer and no log of changes', async () => {
  await using world = await startWorld()
  const { stdout } = await landfall(['audit', '--json', '--data', world.dir])
  expect(stdout).toMatch(/"tpmSecret":\s*"secret:[0-9a-f]{8}"/)
  const shown = await world.fetch(`https://${world.authority}/landfall/instance`, {
    headers: { authorization: await world.token() },
  })
  const text = await shown.text()
  expect([shown.status, text.includes(world.connection.idScope)]).toEqual([200, true])
  expect(text).not.toContain('tpmSecret')
})
