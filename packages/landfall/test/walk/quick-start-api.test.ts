/** The quick start of the portal: the walk on the server, over a whole service. */
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

type Told = Record<string, unknown> & {
  readonly step: string
  readonly ok: boolean
  readonly says: string
  readonly devices?: readonly { readonly registrationId: string; readonly hub: string; readonly milliseconds: number }[]
  readonly files?: readonly { readonly name: string; readonly pem: string }[]
}

async function start(world: World, order: object): Promise<{ status: number; type: string; told: readonly Told[] }> {
  const answer = await world.fetch(`https://${world.authority}/landfall/quick-start`, {
    method: 'POST',
    headers: { authorization: await world.token(), 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  const lines = (await answer.text()).trimEnd().split('\n')
  const told = lines.map((line) => JSON.parse(line) as Told)
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', told }
}

const stepsOf = (told: readonly Told[]) => told.map(({ step, ok }) => `${step}${ok ? '' : ' failed'}`)

test('makes a CA, proves it, enrolls, registers devices over TLS, and hands over what it made, once', async () => {
  await using world = await startWorld()
  const { status, type, told } = await start(world, { name: 'try-1', devices: 2 })
  expect({ status, type }).toEqual({ status: 200, type: 'application/x-ndjson; charset=utf-8' })
  expect(stepsOf(told)).toEqual(['certificates', 'upload', 'proof', 'enrollment', 'device', 'device', 'done'])
  const last = told.at(-1)
  expect(last).toMatchObject({
    group: 'try-1',
    ca: 'try-1',
    devices: [
      { registrationId: 'try-1-01', hub: '127.0.0.1', milliseconds: expect.any(Number) },
      { registrationId: 'try-1-02', hub: '127.0.0.1' },
    ],
  })
  expect(await operator(world, 'GET', 'certificates/try-1')).toMatchObject({ isVerified: true })
  expect(await world.client.registrations.query('try-1').toArray()).toMatchObject([
    { registrationId: 'try-1-01', status: 'assigned' },
    { registrationId: 'try-1-02', status: 'assigned' },
  ])
  const audit = await operator(world, 'GET', 'audit')
  expect(audit.items).toContainEqual(
    expect.objectContaining({
      actor: { kind: 'policy', name: 'provisioningserviceowner' },
      request: 'POST /landfall/quick-start',
      action: 'create',
      target: { kind: 'group', id: 'try-1' },
    }),
  )
  const file = (name: string) => last?.files?.find((one) => one.name === name)?.pem ?? ''
  const { rootCaPath, idScope, ports } = world.connection
  const device = {
    host: '127.0.0.1',
    port: ports.https,
    rootPem: readFileSync(rootCaPath, 'utf8'),
    idScope,
    registrationId: 'try-1-02',
    certificate: file('try-1-02.fullchain.pem'),
    key: file('try-1-02.key.pem'),
  }
  expect((await registerRaw(device)).body).toMatchObject({ status: 'assigned' })
  const keys = last?.files?.filter(({ name }) => name.endsWith('.key.pem')) ?? []
  expect(keys).toHaveLength(4)
  const kept = readdirSync(world.dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  for (const { pem } of keys) expect(kept.some((text) => text.includes(pem.split('\n')[1] ?? ''))).toBe(false)
})

test('removes everything it made, and nothing that somebody else did', async () => {
  await using world = await startWorld()
  await start(world, { name: 'try-1', devices: 3 })
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'plant-7',
    attestation: attestation.symmetricKey(),
  })
  expect(await operator(world, 'DELETE', 'quick-start/TRY-1')).toEqual({
    enrollmentGroup: true,
    registrations: 3,
    hubDevices: 3,
    caCertificate: true,
  })
  expect(await operator(world, 'GET', 'certificates')).toEqual([])
  expect(await operator(world, 'GET', 'hubs')).toMatchObject([{ devices: 0 }])
  for (const name of ['try-1', 'plant-7'])
    await expect(operator(world, 'DELETE', `quick-start/${name}`)).rejects.toThrow(/404.*no quick start/)
  expect(await world.client.enrollmentGroups.get('plant-7')).toMatchObject({ enrollmentGroupId: 'plant-7' })
})

test('a device that is refused is told with its sentence, and what was made is gone', async () => {
  await using world = await startWorld()
  // this one must show a key, not a certificate
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'try-1-02',
    attestation: attestation.symmetricKey(),
  })
  const { status, told } = await start(world, { name: 'try-1', devices: 3 })
  expect(status).toBe(200)
  expect(stepsOf(told).slice(-3)).toEqual(['device', 'device failed', 'undo'])
  expect(told.at(-2)).toMatchObject({
    says: expect.stringMatching(
      /^"try-1-02" is not assigned \(refused\): The individual enrollment "try-1-02" expects/,
    ),
    data: { registrationId: 'try-1-02', errorCode: 401002, trackingId: expect.any(String) },
  })
  expect(await operator(world, 'GET', 'certificates')).toEqual([])
  expect(await operator(world, 'GET', 'hubs')).toMatchObject([{ devices: 0 }])
  await expect(world.client.enrollmentGroups.get('try-1')).rejects.toMatchObject({ status: 404 })
})

test('a name that is taken, or is none, is refused before anything is made', async () => {
  await using world = await startWorld()
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'plant-7',
    attestation: attestation.symmetricKey(),
  })
  expect(await start(world, { name: 'Plant-7' })).toMatchObject({ status: 409 })
  for (const order of [{ name: 'plant 7' }, { name: 'a'.repeat(33) }, { devices: 11 }, { keyType: 'dsa' }])
    expect(await start(world, order), JSON.stringify(order)).toMatchObject({ status: 400 })
  expect(await operator(world, 'GET', 'certificates')).toEqual([])
})

test('whoever leaves in the middle leaves nothing behind', async () => {
  await using world = await startWorld({ config: { pace: 'cloud' } })
  const asked = request(`https://${world.authority}/landfall/quick-start`, {
    method: 'POST',
    headers: { authorization: await world.token(), 'content-type': 'application/json' },
    ca: readFileSync(world.connection.rootCaPath),
  })
  asked.on('error', () => {})
  asked.end(JSON.stringify({ name: 'try-1' }))
  const groups = () => world.client.enrollmentGroups.query().toArray()
  await expect.poll(async () => (await groups()).length, { timeout: 20_000 }).toBe(1)
  asked.destroy()
  await expect.poll(async () => (await groups()).length, { timeout: 20_000 }).toBe(0)
  await expect.poll(() => operator(world, 'GET', 'certificates'), { timeout: 20_000 }).toEqual([])
})
