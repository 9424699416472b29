/** Many tiny requests, whose answers nobody reads: they cost the service their size, not a thousand times that. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../src/sas/token.ts'
import { type ServiceProcess, serve } from '../process.ts'

let dir: string
let service: ServiceProcess

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-floods-'))
  service = await serve(dir)
}, 60_000)
afterAll(async () => {
  await service.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** Of a device that nobody enrolled: whose key signed a token is asked only when it registers. */
function connectPacket(): Uint8Array {
  const { idScope } = service.connection
  const password = makeToken({
    resource: `${idScope}/registrations/stranger`,
    key: Buffer.alloc(32, 9).toString('base64'),
    expiry: Date.now() + 3_600_000,
  })
  const username = `${idScope}/registrations/stranger/api-version=2021-06-01`
  return generate({
    cmd: 'connect',
    protocolVersion: 4,
    clientId: 'stranger',
    clean: true,
    username,
    password: Buffer.from(password),
  })
}

/** Resolves when the service has taken all of it, or has cut the connection off. */
function flood(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTls({ port: service.connection.ports.mqtt, rejectUnauthorized: false }, () => {
      socket.pause()
      socket.write(connectPacket())
      socket.write(bytes, () => socket.destroy())
    })
    socket.once('error', () => socket.destroy())
    socket.once('close', () => resolve())
  })
}

test.each([
  ['PINGREQ', [0xc0, 0], 450_000],
  ['PUBREL', [0x62, 2, 0, 1], 240_000],
])(
  'a crowd that sends %s without end, and reads no answer',
  async (_name, packet, count) => {
    const bytes = Buffer.alloc(packet.length * count, Uint8Array.from(packet))
    const before = service.residentKib()
    for (let round = 0; round < 2; round++) await Promise.all(Array.from({ length: 15 }, () => flood(bytes)))
    expect(service.residentKib()).toBeLessThan(before + 250 * 1024)
  },
  60_000,
)
