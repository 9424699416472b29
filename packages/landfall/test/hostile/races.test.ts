/** Many at once over one thing: one wins, the others are told the truth, and nothing is half done. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerRaw } from '../raw-device.ts'
import { startWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const key = Buffer.alloc(32, 7).toString('base64')
const attestation = { type: 'symmetricKey', symmetricKey: { primaryKey: key, secondaryKey: key } }
const crowd = 40

async function ask(method: string, path: string, body?: object, etag?: string) {
  const answer = await world.fetch(`https://${world.authority}${path}?api-version=2021-10-01`, {
    method,
    headers: {
      authorization: await world.token(),
      'content-type': 'application/json',
      ...(etag && { 'if-match': etag }),
    },
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

/** How often each status came. */
async function statuses(request: (n: number) => Promise<{ status: number }>): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: crowd }, (_, n) => request(n)))
  const counted: Record<number, number> = {}
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1
  return counted
}

test('of many creations, updates and deletions of one enrollment, one of each is done', async () => {
  const path = '/enrollments/pump-1'
  const put = (deviceId: string, etag?: string) =>
    ask('PUT', path, { registrationId: 'pump-1', deviceId, attestation }, etag)
  expect(await statuses((n) => put(`d-${n}`))).toEqual({ 200: 1, 409: crowd - 1 })
  const first = (await ask('GET', path)).body.etag
  expect(await statuses((n) => put(`e-${n}`, first))).toEqual({ 200: 1, 412: crowd - 1 })
  const { etag, deviceId } = (await ask('GET', path)).body
  expect(deviceId).toMatch(/^e-/)
  expect(await statuses(() => ask('DELETE', path, undefined, etag))).toEqual({ 204: 1, 404: crowd - 1 })
})

test('ids that differ in letter case are one, also at the same moment', async () => {
  const create = (id: string) => ask('PUT', `/enrollmentGroups/${id}`, { enrollmentGroupId: id, attestation })
  expect(await statuses((n) => create(n % 2 === 0 ? 'line-k' : 'LINE-K'))).toEqual({ 200: 1, 409: crowd - 1 })
})

test('a device that registers while its enrollment is deleted is let in before, refused after, and leaves no record', async () => {
  await ask('PUT', '/enrollments/pump-2', { registrationId: 'pump-2', attestation })
  const { rootCaPath, idScope, ports } = world.connection
  const rootPem = readFileSync(rootCaPath, 'utf8')
  const common = { host: world.host, port: ports.https, rootPem, idScope, symmetricKey: key }
  const register = (registrationId: string) => registerRaw({ ...common, registrationId })
  const registering = statuses(async (n) => {
    if (n === crowd / 2) return ask('DELETE', '/enrollments/pump-2')
    return register(n % 2 === 0 ? 'pump-2' : 'PUMP-2')
  })
  const { 200: letIn = 0, 401: refused = 0, 204: deleted } = await registering
  expect([deleted, letIn + refused]).toEqual([1, crowd - 1])
  expect((await register('pump-2')).status).toBe(401)
  expect((await ask('GET', '/registrations/pump-2')).status).toBe(404)
})
