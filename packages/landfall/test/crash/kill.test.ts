/** kill -9 under load: what was acknowledged is there after a restart, once. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConnectionFile } from '../../src/connection-file.ts'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { makeToken } from '../../src/sas/token.ts'
import { httpsFetch } from '../https-fetch.ts'
import { main, type ServiceProcess, serve } from '../process.ts'
import { registerRaw } from '../raw-device.ts'
import { untilDeath } from './until-death.ts'

const rounds = 3
let dir: string
let service: ServiceProcess | undefined

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-kill-'))
})
afterAll(async () => {
  await service?.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const clientOf = (connection: ConnectionFile) =>
  ProvisioningServiceClient.fromConnectionString(connection.serviceConnectionString, {
    fetch: httpsFetch(connection.rootCaPath),
    retries: 0,
  })

interface Lane {
  readonly connection: ConnectionFile
  readonly groupKey: string
  readonly prefix: string
}

/** Devices one after another; gives back the etags they were told. */
async function register({ connection, groupKey, prefix }: Lane, told: () => void): Promise<Map<string, string>> {
  const rootPem = readFileSync(connection.rootCaPath, 'utf8')
  const acknowledged = new Map<string, string>()
  for (let n = 0; ; n++) {
    const registrationId = `${prefix}-${n}`
    try {
      const { body } = await registerRaw({
        host: '127.0.0.1',
        port: connection.ports.https,
        rootPem,
        idScope: connection.idScope,
        registrationId,
        symmetricKey: deriveDeviceKey(groupKey, registrationId),
      })
      if (body.status !== 'assigned') continue
      acknowledged.set(registrationId, String(body.registrationState?.etag))
      told()
    } catch {
      return acknowledged
    }
  }
}

async function hubDevices(connection: ConnectionFile): Promise<readonly string[]> {
  const [, resource = '', policyName = '', key = ''] =
    /HostName=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(connection.hubConnectionString) ?? []
  const authorization = makeToken({ resource, key, policyName, expiry: Date.now() + 60_000 })
  const answer = await httpsFetch(connection.rootCaPath)(
    `https://${connection.deviceEndpoint}/devices?top=1000&api-version=2021-04-12`,
    { headers: { authorization } },
  )
  return ((await answer.json()) as { deviceId: string }[]).map(({ deviceId }) => deviceId)
}

test('every registration and enrollment that was acknowledged survives kill -9, and none is doubled', async () => {
  service = await serve(dir)
  let { connection } = service
  const group = await clientOf(connection).enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line',
    attestation: attestation.symmetricKey(),
  })
  const groupKey = group.attestation.symmetricKey?.primaryKey ?? ''
  const all = new Map<string, string>()
  for (let round = 0; round < rounds; round++) {
    const loads = [0, 1, 2, 3].map((lane) => {
      const order = { connection, groupKey, prefix: `r${round}-${lane}` }
      return untilDeath(20 * (round + 1), (told) => register(order, told))
    })
    await Promise.all(loads.map(({ underWay }) => underWay))
    await service.end('SIGKILL')
    const env = spawnSync(process.execPath, [main, 'env', '--data', dir], { encoding: 'utf8' })
    expect(env).toMatchObject({ status: 0, stderr: expect.stringContaining('has ended. Start it') })
    for (const acknowledged of await Promise.all(loads.map(({ result }) => result)))
      for (const [id, etag] of acknowledged) all.set(id, etag)
    service = await serve(dir)
    connection = service.connection
    const client = clientOf(connection)
    expect(await client.enrollmentGroups.get('line')).toMatchObject({ etag: group.etag })
    for (const [id, etag] of all) expect(await client.registrations.get(id)).toMatchObject({ status: 'assigned', etag })
  }
  const devices = await hubDevices(connection)
  expect(devices).toEqual(expect.arrayContaining([...all.keys()].slice(0, 900)))
  expect(new Set(devices).size).toBe(devices.length)
})
