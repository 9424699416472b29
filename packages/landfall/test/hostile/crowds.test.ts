/** Thousands of connections that do nothing, or half of something: others stay served, and memory comes back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { httpsFetch } from '../https-fetch.ts'
import { type ServiceProcess, serve } from '../process.ts'
import { type RawDevice, registerRaw } from '../raw-device.ts'

let dir: string
let service: ServiceProcess
let groupKey: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-crowd-'))
  service = await serve(dir)
  const { serviceConnectionString, rootCaPath } = service.connection
  const client = ProvisioningServiceClient.fromConnectionString(serviceConnectionString, {
    fetch: httpsFetch(rootCaPath),
  })
  const group = await client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'crowd',
    attestation: attestation.symmetricKey(),
  })
  groupKey = group.attestation.symmetricKey?.primaryKey ?? ''
})
afterAll(async () => {
  await service.end('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
})

function device(registrationId: string): RawDevice {
  const { rootCaPath, idScope, ports } = service.connection
  const symmetricKey = deriveDeviceKey(groupKey, registrationId)
  return {
    host: '127.0.0.1',
    port: ports.https,
    rootPem: readFileSync(rootCaPath, 'utf8'),
    idScope,
    registrationId,
    symmetricKey,
  }
}

const opened = (socket: Socket, event: string) =>
  new Promise<Socket>((resolve, reject) =>
    socket.once(event, () => resolve(socket.on('error', () => {}))).once('error', reject),
  )

/** A third each: TCP and no TLS, TLS and no request on the HTTPS port, TLS and no CONNECT on the MQTT port. */
async function crowd(count: number): Promise<readonly Socket[]> {
  const { https, mqtt } = service.connection.ports
  const tls = (port: number) =>
    opened(connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }), 'secureConnect')
  const kinds = [
    () => opened(connectTcp({ host: '127.0.0.1', port: https }), 'connect'),
    () => tls(https),
    () => tls(mqtt),
  ]
  const sockets: Socket[] = []
  for (let n = 0; n < count; n += 50) {
    sockets.push(
      ...(await Promise.all(Array.from({ length: 50 }, (_, i) => (kinds[i % 3] ?? kinds[0])?.() as Promise<Socket>))),
    )
  }
  return sockets
}

test('1,200 idle connections leave the service serving, and memory returns when they are gone', async () => {
  const resident: number[] = []
  for (let round = 0; round < 3; round++) {
    const sockets = await crowd(1200)
    expect((await registerRaw(device(`among-${round}`))).body.status).toBe('assigned')
    for (const socket of sockets) socket.destroy()
    expect((await registerRaw(device(`after-${round}`))).body.status).toBe('assigned')
    resident.push(service.residentKib())
  }
  // the first round fills pools and caches; later ones must not add to them
  expect(resident.at(-1)).toBeLessThan((resident[1] ?? 0) + 40 * 1024)
}, 180_000)

test('a flood of refusals is answered, and memory stays within a bound', async () => {
  const stranger = { ...device('stranger'), symmetricKey: Buffer.alloc(32, 1).toString('base64') }
  const flood = async (count: number) => {
    for (let n = 0; n < count; n += 25) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, (_, i) => registerRaw({ ...stranger, registrationId: `stranger-${n + i}` })),
      )
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    }
  }
  await flood(300)
  const before = service.residentKib()
  await flood(700)
  expect(service.residentKib()).toBeLessThan(before + 60 * 1024)
}, 180_000)
