import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { makeAccess } from '../access/access.ts'
import { newEmbeddedHub } from '../hub/hubs.ts'
import { hubNameOf, makeEtag } from '../ids.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { realRandom as random, realSystem, realTimers as timers } from '../system.ts'
import { portalFiles } from './files.ts'
import { portal } from './portal.ts'

const index = `<!doctype html><html lang="en"><script type="module" src="/portal/assets/main-C0ffee12.js"></script>${' '.repeat(2000)}`
const script = `console.log('${'landfall '.repeat(500)}')`

/** A portal of which a build left these files. */
async function startPortal({ built = true } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-portal-'))
  mkdirSync(join(dir, 'dist/assets'), { recursive: true })
  writeFileSync(join(dir, 'secret.json'), '{"key":"secret"}')
  if (built) {
    writeFileSync(join(dir, 'dist/index.html'), index)
    writeFileSync(join(dir, 'dist/favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    writeFileSync(join(dir, 'dist/assets/main-C0ffee12.js'), script)
    writeFileSync(join(dir, 'dist/assets/main-C0ffee12.js.br'), 'as the build packed it')
    writeFileSync(join(dir, 'dist/assets/main-C0ffee12.js.map'), '{}')
    symlinkSync(join(dir, 'secret.json'), join(dir, 'dist/assets/linked.json'))
  }
  const { clock } = realSystem()
  const store = await openSqlite({ path: ':memory:', clock, timers })
  const hubs = [newEmbeddedHub({ name: hubNameOf('dps.example'), random })]
  const value = {
    idScope: '0ne00000A0A',
    serviceName: 'test',
    policies: [],
    hubs,
    createdAt: 0,
    etag: makeEtag(random),
  }
  await store.commit([{ put: 'settings', value: { ...value, allocationPolicy: 'hashed' }, expect: 'absent' }])
  const access = makeAccess({ store, clock, random, hosts: ['dps.example'] })
  const lines: string[] = []
  const line = (facts: object, message: string) => void lines.push(JSON.stringify({ ...facts, message }))
  const log = { info: line, error: line }
  const app = fastify({ routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } })
  const files = portalFiles(join(dir, 'dist'))
  await app.register(portal({ access, clock, random, log, files, noteRefusal() {} }))
  return {
    get: (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
      app.inject({ method, url, headers }),
    post: (url: string, headers: Record<string, string>) => app.inject({ method: 'POST', url, headers }),
    access,
    lines,
    async [Symbol.asyncDispose]() {
      await app.close()
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

test.each([
  '/portal/',
  '/portal/enrollments/groups/plant-7',
  '/portal/registrations/pump.12',
  '/portal/enrollments/individual/a.js',
  '/portal/trace/6f2d7a52-0000-4000-8000-000000000000?from=x',
  '/portal/registrations/%2e%2e%2f%2e%2e',
])('every address within the portal is its page: %s', async (url) => {
  await using here = await startPortal()
  const answer = await here.get(url)
  expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
    200,
    'text/html; charset=utf-8',
    index,
  ])
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.each([
  '/portal/assets/none-12345678.js',
  '/portal/robots.txt',
  '/portal/assets/',
  '/portal/assets/main-C0ffee12.js.map',
])('a file that is not there is not the page: %s', async (url) => {
  await using here = await startPortal()
  const { statusCode, headers } = await here.get(url)
  expect([statusCode, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8'])
})

test.each([
  '/portal/../secret.json',
  '/portal/assets/../../secret.json',
  '/portal/assets/..%2f..%2fsecret.json',
  '/portal/%2e%2e/secret.json',
  '/portal/..\\secret.json',
  '/portal//etc/passwd',
  '/portal/assets/linked.json',
  '/portal/assets/main-C0ffee12.js%00.html',
])('no path leads out of the portal: %s', async (url) => {
  await using here = await startPortal()
  const answer = await here.get(url)
  expect(answer.body).not.toContain('secret"')
  expect(answer.body).not.toContain('root:')
})

test('a file with a hash in its name is kept for a year, and is compressed as the build or we did', async () => {
  await using here = await startPortal()
  const url = '/portal/assets/main-C0ffee12.js'
  const plain = await here.get(url)
  expect([plain.body, plain.headers['content-encoding']]).toEqual([script, undefined])
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  const brotli = await here.get(url, { 'accept-encoding': 'gzip, deflate, br' })
  expect([brotli.headers['content-encoding'], brotli.body]).toEqual(['br', 'as the build packed it'])
  const gzip = await here.get(url, { 'accept-encoding': 'gzip, br;q=0' })
  expect([gzip.headers['content-encoding'], gunzipSync(gzip.rawPayload).toString()]).toEqual(['gzip', script])
  const page = await here.get('/portal/', { 'accept-encoding': 'br' })
  expect(brotliDecompressSync(page.rawPayload).toString()).toBe(index)
})

test('HEAD tells the same without a body, and what the browser has is not sent again', async () => {
  await using here = await startPortal()
  const url = '/portal/assets/main-C0ffee12.js'
  const [get, head] = [await here.get(url), await here.get(url, {}, 'HEAD')]
  expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', String(script.length)])
  expect(head.headers.etag).toBe(get.headers.etag)
  const again = await here.get(url, { 'if-none-match': `"other", ${get.headers.etag}` })
  expect([again.statusCode, again.body]).toEqual([304, ''])
})

test.each(['/portal/', '/portal/assets/main-C0ffee12.js', '/portal/assets/none', '/portal/session'])(
  'nothing from elsewhere runs in it or around it: %s',
  async (url) => {
    await using here = await startPortal()
    const { headers } = await here.get(url)
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/)
    expect(policy).toMatch(/base-uri 'none'; form-action 'none'; frame-ancestors 'none'/)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  },
)

test.each([
  ['/portal', '/portal/'],
  ['/portal?x=1', '/portal/?x=1'],
  ['/Portal/registrations', '/portal/registrations'],
  ['/PORTAL//evil.example', '/portal//evil.example'],
])('%s is redirected to %s', async (from, to) => {
  await using here = await startPortal()
  const { statusCode, headers } = await here.get(from)
  expect([statusCode, headers.location]).toEqual([308, to])
})

test('a browser at the root is sent to the portal; a program is told that nothing is there', async () => {
  await using here = await startPortal()
  const browser = await here.get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  expect([browser.statusCode, browser.headers.location]).toEqual([307, '/portal/'])
  expect((await here.get('/', { accept: '*/*' })).statusCode).toBe(404)
})

test('without a build there is a page that says how to make one', async () => {
  await using here = await startPortal({ built: false })
  const { statusCode, body, headers } = await here.get('/portal/registrations')
  expect([statusCode, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
  expect(body).toContain('npm run build --workspace packages/portal')
})

test('signing in and failing to is logged under the tracking id that comes back, never with the credential', async () => {
  await using here = await startPortal()
  const order = { subject: 'x', name: 'somebody', roles: ['reader'] as const, seconds: 60 }
  const { accessToken } = await here.access.tokens.issueToken(order)
  const good = await here.post('/portal/session', { authorization: `Bearer ${accessToken}` })
  const bad = await here.post('/portal/session', { authorization: `Bearer ${accessToken}x` })
  expect([good.statusCode, bad.statusCode]).toEqual([201, 401])
  const [signedIn = '', refused = ''] = here.lines
  expect(JSON.parse(signedIn)).toMatchObject({
    trackingId: good.headers['x-ms-request-id'],
    actor: { kind: 'token', name: 'somebody' },
    remoteAddress: '127.0.0.1',
  })
  expect(JSON.parse(refused)).toMatchObject({ trackingId: bad.json().trackingId, reason: 'bearer_wrong_key' })
  const id = /=([\w-]+)/.exec(String(good.headers['set-cookie']))?.[1] ?? 'none'
  for (const secret of [accessToken.slice(-20), id, good.json().csrf]) expect(here.lines.join()).not.toContain(secret)
})
