import { type AddressInfo, createServer } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { json, silence, startWebhook } from '../../../test/webhook/webhook.ts'
import { hubNameOf, type OperationId } from '../../ids.ts'
import { realRandom as random, realTimers as timers } from '../../system.ts'
import { issueRoot, issueServer } from '../../x509/issue.ts'
import { makeWebhooks, type WebhookParts } from './webhooks.ts'

const hub = hubNameOf('a.example')
const never = new AbortController().signal
const operationId = '4.abc' as OperationId

const questionTo = (url: string) => ({ url, body: { linkedHubs: [hub] }, linkedHubs: [hub] })

function asking(parts: Partial<WebhookParts> = {}) {
  const webhooks = makeWebhooks({ timers, onLoopback: true, answerMs: 10_000, ...parts })
  return {
    ask: (url: string, closing = never) => webhooks.ask(questionTo(url), operationId, closing),
    [Symbol.dispose]: () => webhooks.close(),
  }
}

const trouble = (why: RegExp) => ({ trouble: { told: expect.any(String), why: expect.stringMatching(why) } })
const chosen = json({ iotHubHostName: hub })
/** Pauses are over at once; only the first, which is the limit, never ends. */
const impatient = {
  sleep: (ms: number, signal?: AbortSignal) => (ms < 1000 ? Promise.resolve() : timers.sleep(ms, signal)),
}

test('the question is one POST of JSON, with the operation id and what stands in the URL', async () => {
  await using webhook = await startWebhook(chosen)
  using webhooks = asking()
  expect(await webhooks.ask(webhook.url)).toEqual({ status: 200, text: `{"iotHubHostName":"${hub}"}` })
  expect(webhook.asked).toMatchObject([
    {
      method: 'POST',
      path: '/allocate?code=secret',
      headers: { 'content-type': 'application/json; charset=utf-8', 'x-landfall-operation-id': operationId },
      body: `{"linkedHubs":["${hub}"]}`,
    },
  ])
})

test('a redirection is an answer, and is not followed', async () => {
  await using elsewhere = await startWebhook(chosen)
  await using webhook = await startWebhook(
    (response) => void response.writeHead(307, { location: elsewhere.url }).end(),
  )
  using webhooks = asking()
  expect(await webhooks.ask(webhook.url)).toMatchObject({ status: 307 })
  expect(elsewhere.asked).toEqual([])
})

test('what a webhook says with an error is read by nobody', async () => {
  await using webhook = await startWebhook(json({ key: 'secret' }, 500))
  using webhooks = asking()
  expect(await webhooks.ask(webhook.url)).toEqual({ status: 500, text: '' })
  expect(webhook.asked).toHaveLength(1)
})

test.each([502, 503, 504])('a webhook that is away for a moment (%i) is asked once more', async (status) => {
  await using webhook = await startWebhook((response) => {
    webhook.behave = chosen
    response.writeHead(status).end()
  })
  using webhooks = asking({ timers: impatient })
  expect(await webhooks.ask(webhook.url)).toMatchObject({ status: 200 })
  webhook.behave = json({}, status)
  expect(await webhooks.ask(webhook.url)).toMatchObject({ status })
  expect(webhook.asked).toHaveLength(4)
})

test('a connection that ends without an answer is tried once more', async () => {
  await using webhook = await startWebhook((response) => void response.destroy())
  using webhooks = asking({ timers: impatient })
  expect(await webhooks.ask(webhook.url)).toEqual(trouble(/./))
  expect(webhook.asked).toHaveLength(2)
})

const broken: readonly (readonly [what: string, bytes: string, why: RegExp])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /HPE_INVALID_CONSTANT/],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', /without an answer/],
  ['half of it', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"iotHub', /ECONNRESET/],
  ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, /HPE_HEADER_OVERFLOW/],
  ['hints alone', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000), /./],
]

test.each(broken)('a far end that sends %s gave no answer', async (_what, bytes, why) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  using webhooks = asking({ timers: impatient })
  const { port } = server.address() as AddressInfo
  expect(await webhooks.ask(`http://127.0.0.1:${port}/`)).toEqual(trouble(why))
  server.close()
})

test('where nothing listens, that is told', async () => {
  const gone = await startWebhook(chosen)
  await gone[Symbol.asyncDispose]()
  using webhooks = asking({ timers: impatient })
  expect(await webhooks.ask(gone.url)).toEqual(trouble(/nothing listens there/))
})

test('an answer without end is cut off, be it slow or large', async () => {
  await using large = await startWebhook((response) => void response.end('x'.repeat(200_000)))
  await using hanging = await startWebhook(silence)
  await using dripping = await startWebhook((response) => void response.writeHead(200).write('{'))
  for (const webhook of [hanging, dripping]) {
    // the time is over once it has been asked
    const over = {
      sleep: (ms: number, signal?: AbortSignal) => (ms === 10_000 ? webhook.waitFor(1) : timers.sleep(ms, signal)),
    }
    using webhooks = asking({ timers: over })
    expect(await webhooks.ask(webhook.url)).toEqual(trouble(/^not within 10 s$/))
  }
  using patient = asking()
  expect(await patient.ask(large.url)).toEqual(trouble(/longer than 131072 bytes/))
  expect(large.asked).toHaveLength(1)
})

test('a service that closes waits for no webhook', async () => {
  await using webhook = await startWebhook(silence)
  using webhooks = asking()
  const closing = new AbortController()
  const asked = webhooks.ask(webhook.url, closing.signal)
  await webhook.waitFor(1)
  closing.abort()
  expect(await asked).toEqual(trouble(/./))
})

test('a slow host has twenty devices at once; those of another do not wait for them', async () => {
  await using slow = await startWebhook(silence)
  await using quick = await startWebhook(chosen)
  using webhooks = asking()
  const closing = new AbortController()
  const asked = Array.from({ length: 30 }, () => webhooks.ask(slow.url, closing.signal))
  await slow.waitFor(20)
  expect(await webhooks.ask(quick.url)).toMatchObject({ status: 200 })
  expect(slow.asked).toHaveLength(20)
  closing.abort()
  expect(await Promise.all(asked)).toHaveLength(30)
})

test('who waits comes in when another leaves', async () => {
  const held: (() => void)[] = []
  await using webhook = await startWebhook((response, one) => void held.push(() => chosen(response, one)))
  using webhooks = asking()
  const asked = Array.from({ length: 25 }, () => webhooks.ask(webhook.url))
  await webhook.waitFor(20)
  webhook.behave = chosen
  for (const answer of held) answer()
  expect((await Promise.all(asked)).every((answer) => 'status' in answer)).toBe(true)
})

const forbidden: readonly (readonly [url: string, why: RegExp])[] = [
  ['https://169.254.169.254/metadata', /169\.254\.169\.254 is link-local/],
  ['https://0xA9FEA9FE/', /link-local/],
  ['https://[::ffff:169.254.169.254]/', /link-local/],
  ['https://[64:ff9b::169.254.169.254]/', /link-local/],
  ['https://[2002:a9fe:a9fe::1]/', /link-local/],
  ['https://[fe80::1]/', /link-local/],
  ['https://168.63.129.16/', /no webhook has/],
  ['https://[fd00:ec2::254]/', /no webhook has/],
  ['https://0.0.0.0/', /no webhook has/],
  ['https://[::]/', /no webhook has/],
  ['https://224.0.0.1/', /no webhook has/],
  ['http://10.0.0.7/', /must be https/],
  ['ftp://127.0.0.1/', /neither https nor http/],
  ['nonsense', /cannot be read/],
]

test.each(forbidden)('%s is not asked', async (url, why) => {
  using webhooks = asking()
  expect(await webhooks.ask(url)).toEqual(trouble(why))
})

test('a service that is open to others asks nothing of its own machine, but what --webhook-hosts names', async () => {
  await using webhook = await startWebhook(chosen)
  using open = asking({ onLoopback: false })
  expect(await open.ask(webhook.url)).toEqual(trouble(/allow it by --webhook-hosts 127\.0\.0\.1/))
  const byName = `http://localhost:${webhook.port}/`
  expect(await open.ask(byName)).toEqual(trouble(/is of this machine/))
  expect(webhook.asked).toEqual([])
  using named = asking({ onLoopback: false, hosts: ['localhost'] })
  expect(await named.ask(byName)).toMatchObject({ status: 200 })
  expect(await named.ask(webhook.url)).toEqual(trouble(/none of --webhook-hosts/))
})

const at = Date.now()
const root = await issueRoot({ commonName: 'Plant CA', at, random })
const served = await issueServer({ names: ['localhost', '127.0.0.1'], ca: root, at, random })
const misnamed = await issueServer({ names: ['other.example'], ca: root, at, random })
const tlsOf = ({ pem, keyPem }: typeof served) => ({ cert: pem, key: keyPem })
const usual = getCACertificates('default')
afterAll(() => setDefaultCACertificates(usual))

test('over TLS, a CA that the process trusts is trusted, and no other; the name must fit', async () => {
  await using webhook = await startWebhook(chosen, tlsOf(served))
  await using stranger = await startWebhook(chosen, tlsOf(misnamed))
  using webhooks = asking()
  expect(await webhooks.ask(webhook.url)).toEqual(trouble(/NODE_EXTRA_CA_CERTS/))
  // as the variable does at the start of a process
  setDefaultCACertificates([...usual, root.pem])
  using trusting = asking()
  expect(await trusting.ask(webhook.url)).toMatchObject({ status: 200 })
  expect(await trusting.ask(stranger.url)).toEqual(trouble(/ERR_TLS_CERT_ALTNAME_INVALID/))
  expect(stranger.asked).toEqual([])
})
