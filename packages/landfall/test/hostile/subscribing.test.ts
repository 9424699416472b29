/** A device that changes its mind about a subscription without end: each change is written, and the next waits for that. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { connectDevice, makeDevice, type Reach, reachOf } from '../hub/rig.ts'
import { type ServiceProcess, serve } from '../process.ts'

let dir: string
let service: ServiceProcess
let reach: Reach

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-subscribing-'))
  service = await serve(dir)
  reach = reachOf(service)
}, 60_000)
afterAll(async () => {
  await service.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const suback = 5
const subscribe = (qos: number) =>
  generate({ cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: '$iothub/methods/POST/#', qos }] } as never)

test('it waits for the disk, costs no memory, and others are served', async () => {
  const key = await makeDevice(reach, 'fickle')
  const quiet = await connectDevice(reach, { deviceId: 'quiet', deviceKey: await makeDevice(reach, 'quiet') })
  const { ports, rootCaPath } = reach.connection
  const socket = connectTls({ host: 'localhost', port: ports.mqtt, ca: readFileSync(rootCaPath) })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const password = makeToken({ resource: 'localhost/devices/fickle', key, expiry: Date.now() + 3600_000 })
  const username = 'localhost/fickle/?api-version=2021-04-12'
  const connect = { cmd: 'connect', clientId: 'fickle', username, password, clean: false, protocolVersion: 4 }
  socket.write(generate(connect as never))
  await new Promise((resolve) => socket.once('data', resolve))

  const before = service.residentKib()
  const acknowledged = new Promise<void>((resolve) => {
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes >= 100 * suback) resolve()
    })
  })
  const pair = Buffer.concat([subscribe(0), subscribe(1)])
  socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => pair)))
  await acknowledged
  await quiet.client.publishAsync('devices/quiet/messages/events/', 'between', { qos: 1 })
  expect(service.residentKib()).toBeLessThan(before + 150 * 1024)
  socket.destroy()
  await quiet.client.endAsync()
}, 60_000)
