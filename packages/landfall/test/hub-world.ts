/**
 * Two embedded hubs on one store, over plain HTTP on the loopback address, which both their names mean: what the tests of the
 * hub's service API and of the link to a hub talk to. The time stands still until a test moves it.
 */
import fastify, { type FastifyInstance } from 'fastify'
import { type DeviceHubs, makeDeviceHubs } from '../src/hub/device/device-hub.ts'
import { noMeters } from '../src/hub/device/meters.ts'
import { hubDeviceHttps } from '../src/hub/https/device-https.ts'
import { newEmbeddedHub } from '../src/hub/hubs.ts'
import { makeJobs } from '../src/hub/jobs/jobs.ts'
import { hubServiceApi } from '../src/hub/service/hub-service-api.ts'
import { hubNameOf } from '../src/ids.ts'
import { watched } from '../src/observe/watched.ts'
import { makeToken } from '../src/sas/token.ts'
import type { EmbeddedHubSetting } from '../src/store/settings.ts'
import { openSqlite } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { realRandom as random, realTimers as timers } from '../src/system.ts'

export interface HubCallOrder {
  readonly hub?: EmbeddedHubSetting
  /** The name of the policy that signs; absent: the owner's. */
  readonly policy?: string
  /** Instead of a token of a policy. */
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface HubAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

export interface HubWorld extends AsyncDisposable {
  readonly store: Store
  readonly devices: DeviceHubs
  readonly clock: { now(): number; at: number }
  readonly hubs: readonly [EmbeddedHubSetting, EmbeddedHubSetting]
  /** The built-in fetch; `https://127.0.0.1/…` and `https://localhost/…` go to the hubs of these names. */
  readonly fetch: typeof fetch
  /** `call('GET /devices/d1')` with a good token and api-version, as a service SDK would. */
  call(line: string, order?: HubCallOrder): Promise<HubAnswer>
  tokenOf(hub: EmbeddedHubSetting, policy: string): string
  /** What the service logged. */
  readonly logged: { readonly level: string; readonly message: string }[]
}

/** As the shared HTTPS server has them (protocol/http.ts). */
const routerOptions = { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 16 * 1024 }

export async function startHubWorld({ hosts = [] }: { hosts?: readonly string[] } = {}): Promise<HubWorld> {
  const clock = { at: Date.parse('2030-01-01T00:00:00Z'), now: () => clock.at }
  const stored = await openSqlite({ path: ':memory:', clock, timers })
  const told: { hub: DeviceHubs | undefined } = { hub: undefined }
  const store = watched(
    stored,
    () => {},
    (changes) => told.hub?.committed(changes),
  )
  const hubs = [hubNamed('127.0.0.1'), hubNamed('localhost')] as const
  const etag = 'first' as never
  await store.commit([
    {
      put: 'settings',
      expect: 'absent',
      value: {
        idScope: '0ne00000001',
        serviceName: 'here',
        policies: [],
        hubs,
        allocationPolicy: 'hashed',
        createdAt: clock.at,
        etag,
      },
    },
  ])
  const logged: { level: string; message: string }[] = []
  const note = (level: string) => (_facts: object, message: string) => void logged.push({ level, message })
  const log = { info: note('info'), warn: note('warn'), error: note('error'), debug: note('debug') }
  const devices = makeDeviceHubs({ store, clock, random, timers, log, hosts, meters: noMeters })
  told.hub = devices
  const jobs = makeJobs({ store, devices, clock, random, timers, log })
  await jobs.resume()
  const apps: FastifyInstance[] = []
  const origins = new Map<string, string>()
  for (const { name } of hubs) {
    const app = fastify({ routerOptions, exposeHeadRoutes: false })
    await app.register(hubServiceApi({ store, clock, random, log, hosts, devices, jobs }))
    await app.register(hubDeviceHttps({ devices, clock, random, log }))
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
    origins.set(`https://${name}`, `http://${name}:${port}`)
    apps.push(app)
  }
  const fetchHere: typeof fetch = (input, init) => {
    const { origin, pathname, search } = new URL(String(input))
    return fetch(`${origins.get(origin) ?? origin}${pathname}${search}`, init)
  }
  const tokenOf = (hub: EmbeddedHubSetting, policyName: string) =>
    makeToken({
      resource: hub.name,
      key: hub.policies.find(({ name }) => name === policyName)?.primaryKey ?? '',
      expiry: clock.at + 3600_000,
      policyName,
    })
  return {
    store,
    devices,
    clock,
    hubs,
    fetch: fetchHere,
    logged,
    tokenOf,
    async call(line, { hub = hubs[0], policy = 'iothubowner', authorization, headers = {}, body } = {}) {
      const [method = 'GET', path = '/'] = line.split(' ')
      const version = path.includes('api-version') ? '' : `${path.includes('?') ? '&' : '?'}api-version=2021-04-12`
      const answer = await fetchHere(`https://${hub.name}${path}${version}`, {
        method,
        headers: {
          authorization: authorization ?? tokenOf(hub, policy),
          'content-type': 'application/json; charset=utf-8',
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
    },
    async [Symbol.asyncDispose]() {
      await jobs.close()
      await devices.close()
      await Promise.all(apps.map((app) => app.close()))
      await store.close()
    },
  }
}

const hubNamed = (name: string) => newEmbeddedHub({ name: hubNameOf(name), random })
