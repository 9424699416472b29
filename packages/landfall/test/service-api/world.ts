/** The service API alone: Fastify on a real socket, SQLite on a disk of its own, a clock that tests set. */
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { makeAccess } from '../../src/access/access.ts'
import { hubNameOf, makeEtag } from '../../src/ids.ts'
import type { JsonObject } from '../../src/json.ts'
import { type ServiceRight, type SharedAccessPolicy, serviceRights } from '../../src/sas/policy.ts'
import { makeToken } from '../../src/sas/token.ts'
import { serviceApi } from '../../src/service-api/service-api.ts'
import type { Settings } from '../../src/store/settings.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type AdjustableClock, adjustable, realRandom, realTimers } from '../../src/system.ts'

export const host = 'dps.example'
export const hubs = ['a.hub.example', 'b.hub.example'] as const

type ServicePolicy = SharedAccessPolicy<ServiceRight>

const policy = (name: string, fill: number, rights: readonly ServiceRight[]): ServicePolicy => ({
  name,
  primaryKey: Buffer.alloc(32, fill).toString('base64'),
  secondaryKey: Buffer.alloc(32, fill + 1).toString('base64'),
  rights,
})

export const policies = {
  owner: policy('provisioningserviceowner', 1, serviceRights),
  reader: policy('reader', 3, ['EnrollmentRead']),
  watcher: policy('watcher', 5, ['RegistrationStatusRead']),
  writer: policy('writer', 7, ['EnrollmentWrite']),
} as const

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as an object; empty where there is none. */
  readonly json: JsonObject
  readonly list: readonly JsonObject[]
}

export interface Asking {
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is; `json` and `body` absent: no body. */
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** The length is not told in advance. */
  readonly chunked?: boolean
  readonly policy?: SharedAccessPolicy
  /** In place of a token; empty: none. */
  readonly authorization?: string
  readonly apiVersion?: string
}

export interface ServiceWorld extends AsyncDisposable {
  readonly clock: AdjustableClock
  readonly store: Store
  /** What was logged: facts and sentence. */
  readonly logged: readonly { readonly facts: object; readonly message: string }[]
  ask(method: string, path: string, asking?: Asking): Promise<Reply>
}

export async function startServiceWorld({
  at = '2030-01-01T00:00:00Z',
  fidelity = 'landfall',
  linked = true,
}: {
  readonly at?: string
  readonly fidelity?: 'landfall' | 'cloud'
  readonly linked?: boolean
} = {}): Promise<ServiceWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-service-'))
  const clock = adjustable({ now: () => Date.parse(at) })
  const store = await openSqlite({ path: join(dir, 'landfall.db'), clock, timers: realTimers })
  await store.commit([{ put: 'settings', value: settingsWith(linked, clock.now()), expect: 'absent' }])
  const logged: { facts: object; message: string }[] = []
  const note = (facts: object, message: string) => void logged.push({ facts, message })
  const log = { info: note, warn: note, error: note }
  const app = fastify({ routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 4096 } })
  const access = makeAccess({ store, clock, random: realRandom, hosts: [host, 'localhost'] })
  await app.register(serviceApi({ store, clock, random: realRandom, log, access, fidelity }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    clock,
    store,
    logged,
    ask: (method, path, asking) => ask({ port, method, path, at: clock.now() }, asking),
    async [Symbol.asyncDispose]() {
      await app.close()
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function settingsWith(linked: boolean, at: number): Settings {
  return {
    idScope: '0ne00000A0A',
    serviceName: 'test',
    policies: Object.values(policies),
    hubs: [
      ...hubs.map((name) => ({ kind: 'embedded' as const, name: hubNameOf(name), policies: [], linked })),
      { kind: 'embedded', name: hubNameOf('unlinked.hub.example'), policies: [], linked: false },
    ],
    allocationPolicy: 'hashed',
    createdAt: at,
    etag: makeEtag(realRandom),
  }
}

export function tokenOf(
  owner: SharedAccessPolicy,
  at: number,
  { resource = host, lateBySeconds = -3600 } = {},
): string {
  return makeToken({ resource, key: owner.primaryKey, policyName: owner.name, expiry: at - lateBySeconds * 1000 })
}

interface Target {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly at: number
}

function ask({ port, method, path, at }: Target, asking: Asking = {}): Promise<Reply> {
  const { json, policy: bearer = policies.owner, apiVersion = '2021-10-01' } = asking
  const body = json === undefined ? asking.body : JSON.stringify(json)
  const authorization = asking.authorization ?? tokenOf(bearer, at)
  const query = apiVersion === '' ? '' : `?api-version=${apiVersion}`
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: `${path}${query}`,
        agent: false,
        headers: {
          ...(authorization === '' ? {} : { authorization }),
          ...(json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
          ...(body === undefined || asking.chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...asking.headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const parsed: unknown = text === '' ? {} : JSON.parse(text)
          const list = Array.isArray(parsed) ? (parsed as JsonObject[]) : []
          const { statusCode: status = 0, headers } = incoming
          resolve({ status, headers, text, json: parsed as JsonObject, list })
        })
      },
    )
    outgoing.on('error', reject)
    // a write before the end is what makes it chunked
    if (asking.chunked && body !== undefined) outgoing.write(body)
    outgoing.end(asking.chunked ? undefined : body)
  })
}
