/** A hub that behaves badly: each kind of trouble ends in the right refusal, soon. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { asRefusal } from '../fault.ts'
import { hubNameOf } from '../ids.ts'
import { realRandom as random, realTimers } from '../system.ts'
import { hubClient } from './hub-client.ts'

type Behaviour = (response: ServerResponse, nth: number, request: IncomingMessage) => void

const start = Date.parse('2030-01-01T00:00:00Z')
const tell = (status: number, text = '{}', headers: Record<string, string> = {}): Behaviour => {
  return (response) => response.writeHead(status, headers).end(text)
}
/** One after the other, the last for ever. */
const inTurn = (...behaviours: Behaviour[]): Behaviour => {
  return (response, nth, request) => behaviours[Math.min(nth, behaviours.length) - 1]?.(response, nth, request)
}

/** Time goes on only by waiting; the time limit of a call to a hub that `hangs` is over as soon as it has been asked. */
async function startFarEnd(behave: Behaviour, { hangs = false } = {}) {
  const requests: IncomingMessage[] = []
  const slept: number[] = []
  let now = start
  let asked = () => {}
  const server = createServer((request, response) => {
    requests.push(request)
    behave(response, requests.length, request)
    if (hangs) asked()
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const { port } = server.address() as AddressInfo
  const timers = {
    async sleep(ms: number, signal?: AbortSignal) {
      if (signal) {
        await Promise.race([realTimers.sleep(60_000, signal), new Promise<void>((resolve) => (asked = resolve))])
        return
      }
      slept.push(ms)
      now += ms
    },
  }
  const ask = hubClient({
    setting: {
      name: hubNameOf('hub.test'),
      connectionString: 'HostName=hub.test;SharedAccessKeyName=owner;SharedAccessKey=c2VjcmV0LXNlY3JldC1zZWNyZXQ=',
    },
    clock: { now: () => now },
    timers,
    random,
    log: { info() {}, warn() {}, error() {}, debug() {} },
    fetch: (input, init) => fetch(String(input).replace('https://hub.test', `http://127.0.0.1:${port}`), init),
  })
  return {
    requests,
    slept,
    get: () => ask({ method: 'GET', path: '/devices/d1', answers: [200, 404] }),
    ask,
    close: () => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function refusalOf(promise: Promise<unknown>) {
  const { reason, facts } = await promise.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => asRefusal(error),
  )
  return { reason, hub: facts.hub, why: String(facts.why) }
}

test('a call is signed for the hub, and says who calls', async () => {
  await using hub = await startFarEnd(tell(200))
  expect(await hub.get()).toEqual({ status: 200, body: {}, repeated: false })
  const { url, headers } = hub.requests[0] ?? {}
  expect(url).toBe('/devices/d1?api-version=2021-04-12')
  expect(headers).toMatchObject({ 'user-agent': 'landfall', 'request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) })
  expect(headers?.authorization).toMatch(/^SharedAccessSignature sr=hub\.test&sig=.+&se=1893459600&skn=owner$/)
})

test.each([401, 403, 400, 404])('%i is a refusal in the words of the hub, and is not tried again', async (status) => {
  const words = '{"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized"}'
  await using hub = await startFarEnd(tell(status, words))
  const asked = hub.ask({ method: 'PUT', path: '/devices/d1', body: {}, answers: [200] })
  expect(await refusalOf(asked)).toEqual({ reason: 'hub_refused', hub: 'hub.test', why: words })
  expect(hub.requests).toHaveLength(1)
})

test('of a long refusal the first 300 characters are told, without control characters', async () => {
  await using hub = await startFarEnd(tell(401, `\u0007${'x'.repeat(5000)}`))
  expect((await refusalOf(hub.get())).why).toBe(`\ufffd${'x'.repeat(299)}…`)
})

test('429 is tried again after as many seconds as the hub says', async () => {
  await using hub = await startFarEnd(inTurn(tell(429, 'slow', { 'retry-after': '7' }), tell(200)))
  expect(await hub.get()).toEqual({ status: 200, body: {}, repeated: true })
  expect(hub.slept).toEqual([7000])
})

test('a Retry-After that is a date is understood', async () => {
  const date = new Date(start + 9000).toUTCString()
  await using hub = await startFarEnd(inTurn(tell(503, '', { 'retry-after': date }), tell(200)))
  await hub.get()
  expect(hub.slept).toEqual([9000])
})

test('a hub that wants to be left alone for longer than two minutes is unreachable at once', async () => {
  await using hub = await startFarEnd(tell(429, 'quota', { 'retry-after': '3600' }))
  expect(await refusalOf(hub.get())).toEqual({ reason: 'hub_unreachable', hub: 'hub.test', why: '429 quota' })
  expect(hub.slept).toEqual([])
})

test.each([500, 502, 503, 504, 408])(
  '%i is tried five times with growing pauses, then the hub is unreachable',
  async (status) => {
    await using hub = await startFarEnd(tell(status, 'broken'))
    expect(await refusalOf(hub.get())).toEqual({ reason: 'hub_unreachable', hub: 'hub.test', why: `${status} broken` })
    expect(hub.requests).toHaveLength(5)
    expect(hub.slept.map((ms, turn) => ms >= 250 * 2 ** turn && ms <= 500 * 2 ** turn)).toEqual([
      true,
      true,
      true,
      true,
    ])
  },
)

const strange: [string, Behaviour, string][] = [
  ['garbage', tell(200, '<html>welcome</html>'), 'no JSON object: <html>'],
  ['an array', tell(200, '[]'), 'no JSON object'],
  ['nothing', tell(200, ''), 'no JSON object'],
  ['a redirection', tell(302, '', { location: 'http://127.0.0.1:9/' }), '302'],
  ['two megabytes', tell(200, `"${'x'.repeat(2 * 1024 * 1024)}"`), 'longer than 1048576 bytes'],
  ['a cut connection', (response) => response.socket?.destroy(), 'other side closed'],
  [
    'half an answer',
    (response) => response.writeHead(200, { 'content-length': 10 }).write('{', () => response.socket?.destroy()),
    '',
  ],
  ['no HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH\r\n'), ''],
]

test.each(strange)('a hub that answers with %s is unreachable', async (_title, behave, why) => {
  await using hub = await startFarEnd(behave)
  const refusal = await refusalOf(hub.get())
  expect(refusal.reason).toBe('hub_unreachable')
  expect(refusal.why).toContain(why)
})

test('a hub that never answers is given up on', async () => {
  await using hub = await startFarEnd(() => {}, { hangs: true })
  expect(await refusalOf(hub.get())).toEqual({
    reason: 'hub_unreachable',
    hub: 'hub.test',
    why: 'it did not answer within 10 s',
  })
  expect(hub.requests).toHaveLength(5)
})

test('a hub that never ends its answer is given up on', async () => {
  await using hub = await startFarEnd((response) => response.writeHead(200).write('{"a":'), { hangs: true })
  expect((await refusalOf(hub.get())).why).toBe('it did not answer within 10 s')
})

test('a refused connection is named, after five tries', async () => {
  const hub = await startFarEnd(tell(200))
  await hub.close()
  expect(await refusalOf(hub.get())).toMatchObject({
    reason: 'hub_unreachable',
    why: expect.stringContaining('refused'),
  })
  expect(hub.slept).toHaveLength(4)
})

test('a connection string without a key is told as such', async () => {
  const ask = hubClient({
    setting: { name: hubNameOf('hub.test'), connectionString: 'HostName=hub.test' },
    clock: { now: () => start },
    timers: realTimers,
    random,
    log: { info() {}, warn() {}, error() {}, debug() {} },
  })
  const { reason, why } = await refusalOf(ask({ method: 'GET', path: '/devices/d', answers: [200] }))
  expect([reason, why]).toEqual(['hub_refused', expect.stringContaining('lacks HostName')])
})
