/** What the portal reads of a running service, over real sockets: events as they happen, the overview, traces. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { readUntil, watch } from '../watch-events.ts'
import { startWorld, type World } from '../world.ts'

async function enrolledDevice(world: World) {
  const group = await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'fleet',
    attestation: attestation.symmetricKey(),
  })
  const { rootCaPath, idScope, ports } = world.connection
  return (registrationId: string) =>
    registerRaw({
      host: '127.0.0.1',
      port: ports.https,
      rootPem: readFileSync(rootCaPath, 'utf8'),
      idScope,
      registrationId,
      symmetricKey: deriveDeviceKey(group.attestation.symmetricKey?.primaryKey ?? '', registrationId),
    })
}

test('a device that registers is seen at once by whoever watches, and counted', async () => {
  await using world = await startWorld()
  const register = await enrolledDevice(world)
  const stream = await watch(world)
  expect(stream.headers).toMatchObject({
    'content-type': expect.stringContaining('text/event-stream'),
    'cache-control': 'no-store',
  })
  await register('pump-12')
  const text = await readUntil(stream, (read) => /"assigned":1/.test(read) && read.includes('event: changed'))
  stream.destroy()
  const attempts = /event: attempts\ndata: (.+)\n/.exec(text)?.[1] ?? ''
  expect(JSON.parse(attempts)).toMatchObject({
    attempts: [{ registrationId: 'pump-12', outcome: 'assigned', enrollment: { kind: 'group', id: 'fleet' } }],
    skipped: 0,
  })
  expect(text).toMatch(/event: changed\ndata: \{"kinds":\[.*"registration".*\]\}/)
  const overview = await operator(world, 'GET', 'overview')
  expect(overview).toMatchObject({
    counts: { individuals: 0, groups: 1, registrations: 1, certificates: 0, hubs: 1 },
    refusals: [],
    storage: { writable: true },
  })
  expect(overview.perMinute.reduce((sum: number, minute: { assigned: number }) => sum + minute.assigned, 0)).toBe(1)
})

test('nobody watches without a token that is good', async () => {
  await using world = await startWorld()
  expect((await watch(world, 'SharedAccessSignature sr=x&sig=y&se=1&skn=z')).statusCode).toBe(401)
})

test('watchers end when the service closes, one that reads nothing too, and neither keeps it from closing', async () => {
  const world = await startWorld()
  const register = await enrolledDevice(world)
  const reader = await watch(world)
  const sleeper = await watch(world)
  sleeper.pause()
  sleeper.on('error', () => {})
  await register('pump-12')
  await world[Symbol.asyncDispose]()
  expect(await readUntil(reader, () => false)).toContain('pump-12')
})

test('so many watch and no more, of one visitor half of them; a place that was left is free again', async () => {
  await using world = await startWorld()
  const reader = async (name: string) =>
    `Bearer ${(await operator(world, 'POST', 'tokens', { name, roles: ['reader'] })).bearer}`
  const [other, third] = [await reader('other'), await reader('third')]
  const fill = async (who?: string) => {
    const all = await Promise.all(Array.from({ length: 32 }, () => watch(world, who)))
    expect(new Set(all.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    return all
  }
  const refuses = async (who?: string) => {
    const refused = await watch(world, who)
    expect(refused.statusCode).toBe(503)
    expect(await readUntil(refused, () => false)).toContain('too_many_watchers')
  }
  const first = await fill()
  await refuses()
  const all = [...first, ...(await fill(other))]
  await refuses(third)
  for (const stream of all) stream.destroy()
  let status = 503
  while (status === 503) {
    const stream = await watch(world)
    status = stream.statusCode ?? 0
    stream.destroy()
  }
  expect(status).toBe(200)
})

test('what is behind a tracking id is told, for a device and for a back end', async () => {
  await using world = await startWorld()
  const register = await enrolledDevice(world)
  await world.client.enrollmentGroups.delete('fleet')
  const { body } = await register('pump-12')
  expect(await operator(world, 'GET', `traces/${body.trackingId}`)).toMatchObject({
    kind: 'attempt',
    attempt: { registrationId: 'pump-12', outcome: 'refused' },
  })
  const authorization = await world.token()
  const refused = async (path: string) => {
    const answer = await world.fetch(`https://${world.authority}${path}`, { headers: { authorization } })
    return { status: answer.status, ...((await answer.json()) as { trackingId: string; message: string }) }
  }
  for (const path of ['/enrollmentGroups/fleet?api-version=2021-10-01', '/landfall/hubs/none.example']) {
    const { trackingId, message, status } = await refused(path)
    expect(await operator(world, 'GET', `traces/${trackingId}`)).toEqual({
      kind: 'refusal',
      trackingId,
      at: expect.any(String),
      method: 'GET',
      path: path.split('?')[0],
      actor: { kind: 'policy', name: 'provisioningserviceowner' },
      status,
      errorCode: expect.any(Number),
      reason: expect.any(String),
      message,
    })
  }
  const { trackingId } = await refused('/no/such/path')
  expect(await operator(world, 'GET', `traces/${trackingId}`)).toMatchObject({ path: '/no/such/path', status: 404 })
  expect(await refused('/landfall/traces/nothing')).toMatchObject({ status: 404 })
})
