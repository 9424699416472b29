/** A back end that writes into a message what no header can carry: its device takes it, and what waits behind it. */
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/ids.ts'
import { makeToken } from '../../src/sas/token.ts'
import { hubOf, makeDevice } from '../hub/rig.ts'
import { startWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

interface Told {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
}

function ask(line: string, authorization: string): Promise<Told> {
  const [method, path] = line.split(' ')
  const { rootCaPath, ports } = world.connection
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  const order = { host: world.host, port: ports.https, ca: readFileSync(rootCaPath), agent: false } as const
  const sent = request(
    { ...order, method, path: `${path}?api-version=2021-04-12`, headers: { authorization }, maxHeaderSize: 2 ** 20 },
    ({ statusCode, headers }) => resolve({ status: statusCode, headers }),
  )
  sent.once('error', reject)
  sent.end()
  return promise
}

const half = '\ud800'
const many = Object.fromEntries(Array.from({ length: 900 }, (_, count) => [`p${count}`, '€']))
const letters = [
  { properties: { [half]: 'x' } },
  { properties: { a: half } },
  { properties: { 'a: b\r\nset-cookie: c': 'd\r\ntransfer-encoding: chunked' } },
  { properties: { 'content-length': '1000', 'transfer-encoding': 'chunked' } },
  { system: { contentType: 'text/€\r\nset-cookie: c' } },
  { system: { contentType: '' } },
  { system: { contentType: 'a'.repeat(20_000) } },
  { system: { contentType: 'text/plain; charset=\0' } },
  { system: { contentEncoding: 'gzip', messageId: half, correlationId: half, userId: half, to: half } },
  { properties: many },
] as const

test.each(letters.map((letter) => [JSON.stringify(letter).slice(0, 70), letter] as const))('%s', async (_, letter) => {
  const deviceId = `reader-${letters.indexOf(letter as never)}` as DeviceId
  const key = await makeDevice(world, deviceId)
  const authorization = makeToken({
    resource: `${world.host}/devices/${deviceId}`,
    key,
    expiry: Date.now() + 3_600_000,
  })
  const order = { body: Buffer.from('x'), properties: {}, system: {}, ack: 'none', ...letter } as const
  await world.devices.sendCloudMessage({ hub: hubOf(world), deviceId }, order)
  const box = `/devices/${deviceId}/messages/devicebound`
  const { status, headers } = await ask(`GET ${box}`, authorization)
  expect(status).toBe(200)
  expect(headers['set-cookie']).toBeUndefined()
  expect(headers['content-length']).toBe('1')
  const lock = headers.etag?.replaceAll('"', '')
  expect((await ask(`DELETE ${box}/${lock}`, authorization)).status).toBe(204)
  expect((await ask(`GET ${box}`, authorization)).status).toBe(204)
})
