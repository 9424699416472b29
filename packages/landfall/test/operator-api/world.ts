/** The operator API alone: its routes without a socket, SQLite on a disk of its own, a clock that tests set. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { makeAccess } from '../../src/access/access.ts'
import { makeRefusals } from '../../src/access/refusals.ts'
import { makeDeviceHubs } from '../../src/hub/device/device-hub.ts'
import { noMeters } from '../../src/hub/device/meters.ts'
import { newEmbeddedHub } from '../../src/hub/hubs.ts'
import { hubNameOf, makeEtag } from '../../src/ids.ts'
import { linkHubs } from '../../src/link/hubs.ts'
import { makeLive } from '../../src/observe/live.ts'
import { operatorApi } from '../../src/operator-api/operator-api.ts'
import { serviceRights } from '../../src/sas/policy.ts'
import { makeToken } from '../../src/sas/token.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { adjustable, realRandom as random, realTimers as timers } from '../../src/system.ts'

export const host = 'dps.example'
export const ownerKey = Buffer.alloc(32, 1).toString('base64')
const quiet = { info() {}, warn() {}, error() {}, debug() {} }

export async function startOperator() {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-operator-'))
  const clock = adjustable({ now: () => Date.parse('2030-01-01T00:00:00Z') })
  const store = await openSqlite({ path: join(dir, 'landfall.db'), clock, timers })
  const value = {
    idScope: '0ne00000A0A',
    serviceName: 'test',
    policies: [
      { name: 'owner', primaryKey: ownerKey, secondaryKey: ownerKey, rights: serviceRights },
      { name: 'writer', primaryKey: ownerKey, secondaryKey: ownerKey, rights: ['EnrollmentWrite'] as const },
      { name: 'watcher', primaryKey: ownerKey, secondaryKey: ownerKey, rights: ['RegistrationStatusRead'] as const },
    ],
    hubs: [newEmbeddedHub({ name: hubNameOf(host), random })],
    allocationPolicy: 'hashed' as const,
    createdAt: clock.now(),
    etag: makeEtag(random),
  }
  await store.commit([{ put: 'settings', value, expect: 'absent' }])
  const endpoints = () => ({
    deviceEndpoint: host,
    managementUrl: 'http://127.0.0.1:9400',
    ports: { https: 443, mqtt: 8883, amqp: 5671, management: 9400 },
  })
  const app = fastify()
  const live = makeLive({ clock, random })
  const access = makeAccess({ store, clock, random, hosts: [host] })
  const devices = makeDeviceHubs({ store, clock, random, timers, log: quiet, hosts: [host], meters: noMeters })
  await app.register(
    operatorApi({
      store,
      clock,
      random,
      timers,
      log: quiet,
      access,
      live,
      rehearsing: { rehearse: () => Promise.reject(new Error('there is no engine in this world')) },
      refusals: makeRefusals(),
      hosts: [host],
      endpoints,
      ownCertificates: () => [],
      devices,
      hubs: linkHubs({ store, clock, random, timers, log: quiet }),
      fromHere: () => ({ host: '127.0.0.1', httpsPort: 443, mqttPort: 8883, ca: '' }),
    }),
  )
  const token = (policyName: string) =>
    makeToken({ resource: host, key: ownerKey, policyName, expiry: clock.now() + 60_000 })

  async function ask(method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, as = 'owner') {
    const headers = as === '' ? {} : { authorization: token(as) }
    const answer = await app.inject({ method, url: `/landfall${path}`, headers, body })
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
  }

  return {
    ask,
    devices,
    clock,
    store,
    live,
    async [Symbol.asyncDispose]() {
      await app.close()
      await devices.close()
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
