/** Back ends and people who ask for everything and read nothing: each costs a bounded buffer, and the others are served. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { dialAs, next, readerOf, startAt } from '../hub/amqp-rig.ts'
import { connectDevice, makeDevice, type Reach, reachOf } from '../hub/rig.ts'
import { type ServiceProcess, serve } from '../process.ts'

let dir: string
let service: ServiceProcess
let reach: Reach
const messages = 600
const body = Buffer.alloc(64 * 1024, 'x')

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-slow-'))
  service = await serve(dir)
  reach = reachOf(service)
  const { client } = await connectDevice(reach, { deviceId: 'loud', deviceKey: await makeDevice(reach, 'loud') })
  for (let sent = 0; sent < messages; sent += 20)
    await Promise.all(
      Array.from({ length: 20 }, () => client.publishAsync('devices/loud/messages/events/', body, { qos: 1 })),
    )
  await client.endAsync()
}, 60_000)
afterAll(async () => {
  await service.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** Reads until the first event, then no more. */
async function deafReader(): Promise<() => void> {
  const connection = await dialAs(reach)
  const { socket } = connection as unknown as { readonly socket: { pause(): void; destroy(): void } }
  const start = startAt("amqp.annotation.x-opt-offset > '-1'")
  const readers = [0, 1, 2, 3].map((partition) => readerOf(connection, partition, { credit_window: 2000 }, start))
  await Promise.race(readers.map((reader) => next(reader, 'message')))
  socket.pause()
  return () => socket.destroy()
}

async function deafWatcher(): Promise<() => void> {
  const { serviceConnectionString, rootCaPath, ports } = reach.connection
  const [, resource = '', policyName = '', key = ''] =
    /HostName=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(serviceConnectionString) ?? []
  const authorization = makeToken({ resource, key, policyName, expiry: Date.now() + 3600_000 })
  const asked = request({
    host: 'localhost',
    port: ports.https,
    ca: readFileSync(rootCaPath),
    path: '/landfall/hubs/localhost/telemetry?from=start',
    headers: { authorization },
  })
  asked.end()
  const answer = await new Promise<{ pause(): void; statusCode?: number }>((resolve) => asked.once('response', resolve))
  expect(answer.statusCode).toBe(200)
  answer.pause()
  return () => asked.destroy()
}

test.each([
  ['readers of telemetry over AMQP', deafReader],
  ['people who watch telemetry', deafWatcher],
])(
  '%s who read nothing',
  async (_who, make) => {
    const before = service.residentKib()
    const ends = await Promise.all(Array.from({ length: 16 }, make))
    // 600 MiB would wait for them
    const { client, hears } = await connectDevice(reach, { deviceId: 'quiet', deviceKey: await keyOf('quiet') })
    await client.subscribeAsync('$iothub/twin/res/#')
    for (let round = 0; round < 50; round++) {
      client.publish(`$iothub/twin/GET/?$rid=${round}x`, ' ')
      await hears(new RegExp(`rid=${round}x`))
    }
    expect(service.residentKib()).toBeLessThan(before + 16 * 4 * 1024 + 64 * 1024)
    await client.endAsync()
    for (const end of ends) end()
  },
  30_000,
)

let quietKey: string | undefined
async function keyOf(deviceId: string): Promise<string> {
  quietKey ??= await makeDevice(reach, deviceId)
  return quietKey
}
