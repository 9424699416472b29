/** CA certificates over a whole service: etags, chain files, private keys that are refused, and what expires. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { expect, test } from 'vitest'
import { realRandom as random } from '../../src/system.ts'
import { issueRoot } from '../../src/x509/issue.ts'
import { makePfx } from '../../src/x509/pfx.ts'
import { httpsFetch } from '../https-fetch.ts'
import { serve } from '../process.ts'
import { makeTestCa, operator, proveRoot } from '../test-ca.ts'
import { days, startWorld, type World } from '../world.ts'
import { landfall, landfallJson } from './landfall.ts'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown> & { readonly etag: string }
  readonly headers: Headers
}

async function ask(world: World, method: string, path: string, body?: object, ifMatch?: string): Promise<Answer> {
  const answer = await world.fetch(`https://${world.authority}/landfall/${path}`, {
    method,
    headers: {
      authorization: await world.token(),
      'content-type': 'application/json',
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text), headers: answer.headers }
}

test('each step makes a new etag, and the one before is dead; without an etag the last one wins', async () => {
  await using world = await startWorld()
  const { root } = await makeTestCa(world)
  const { etag: first } = (await ask(world, 'PUT', 'certificates/root', { certificate: root.pem })).body
  const code = await ask(world, 'POST', 'certificates/root/code', undefined, `"${first}"`)
  expect(code.status).toBe(200)
  for (const [method, path, body] of [
    ['PUT', 'certificates/root', { certificate: root.pem }],
    ['POST', 'certificates/root/code', undefined],
    ['POST', 'certificates/root/verify', { certificate: root.pem }],
    ['DELETE', 'certificates/root', undefined],
  ] as const)
    expect(await ask(world, method, path, body, first), `${method} ${path}`).toMatchObject({ status: 412 })
  // nothing was lost: the code still stands
  expect((await ask(world, 'GET', 'certificates/root')).body).toMatchObject(code.body)
  expect(await ask(world, 'PUT', 'certificates/other', { certificate: root.pem }, '*')).toMatchObject({ status: 412 })
  const crowd = Array.from({ length: 4 }, () => ask(world, 'POST', 'certificates/root/code'))
  expect((await Promise.all(crowd)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
  const { etag: last } = (await ask(world, 'GET', 'certificates/root')).body
  expect(await ask(world, 'DELETE', 'certificates/root', undefined, last)).toMatchObject({ status: 204 })
})

test('a chain file is shown certificate by certificate, and one is chosen', async () => {
  await using world = await startWorld({ at: '2030-01-01T00:00:00Z' })
  const { root, intermediate, device } = await makeTestCa(world)
  const { issued } = await device('pump-12')
  const chain = issued.pem + intermediate.pem + root.pem
  const { body } = await ask(world, 'POST', 'certificates/read', { certificate: chain })
  expect(body).toMatchObject({
    privateKey: false,
    certificates: [
      { isCa: false, selfSigned: false, findings: [expect.stringContaining('"CN=pump-12" is no CA certificate')] },
      { isCa: true, selfSigned: false, findings: [], info: { subjectName: 'CN=Test intermediate CA' } },
      { isCa: true, selfSigned: true, findings: [] },
    ],
  })
  const [, middle] = body.certificates as readonly { readonly der: string }[]
  expect((await ask(world, 'PUT', 'certificates/line', { certificate: middle?.der })).body).toMatchObject({
    info: { subjectName: 'CN=Test intermediate CA' },
    warnings: [],
  })
  const whole = await ask(world, 'PUT', 'certificates/whole', { certificate: intermediate.pem + root.pem })
  expect(whole.body.warnings).toEqual([expect.stringContaining('holds 2 certificates; only the first')])
  world.clock.set(world.clock.now() + days(400))
  const late = await ask(world, 'POST', 'certificates/read', { certificate: root.pem })
  expect(late.body).toMatchObject({ certificates: [{ findings: [expect.stringContaining('expired at 2031')] }] })
})

test('the command line chooses from a chain file by --index or by the key, and never sends a key', async () => {
  await using world = await startWorld()
  const { root, intermediate } = await makeTestCa(world)
  const at = ['--data', world.dir]
  const write = (name: string, text: string) => {
    writeFileSync(join(world.dir, name), text)
    return join(world.dir, name)
  }
  const chain = write('chain.pem', intermediate.pem + root.pem)
  const unsaid = await landfall(['certificate', 'add', chain, ...at])
  expect(unsaid).toMatchObject({ code: 2, stderr: expect.stringContaining('Say with --index which one is meant') })
  expect(unsaid.stderr).toMatch(/^ {2}2 {2}CN=Test root CA \(root\), issued by CN=Test root CA, until 20/m)
  expect(await landfall(['certificate', 'add', chain, '--index', '3', ...at])).toMatchObject({ code: 2 })
  expect(await landfallJson(['certificate', 'add', chain, '--index', '2', '--name', 'two', ...at])).toMatchObject({
    info: { subjectName: 'CN=Test root CA' },
  })
  const key = write('root.key.pem', root.keyPem)
  const added = (await landfallJson(['certificate', 'add', chain, '--key', key, ...at])) as { etag: string }
  expect(added).toMatchObject({ name: 'chain', isVerified: true, info: { subjectName: 'CN=Test root CA' } })
  const stale = await landfall(['certificate', 'delete', 'chain', '--etag', 'c3RhbGU=', ...at])
  expect(stale).toMatchObject({ code: 3, stderr: expect.stringContaining('412') })
  const again = ['certificate', 'verify', 'chain', '--key', key, '--etag', added.etag]
  expect(await landfallJson([...again, ...at])).toMatchObject({ isVerified: true })
  const secret = write('secret.pem', root.pem + root.keyPem)
  for (const line of [
    ['certificate', 'add', secret],
    ['enrollment-group', 'create', 'plant-7', '--certificate-path', secret],
  ])
    expect(await landfall([...line, ...at])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it holds a private key (PRIVATE KEY), which must never be sent'),
    })
})

test('a key of another certificate is told before a new code makes the one there void', async () => {
  await using world = await startWorld()
  const { root, intermediate } = await makeTestCa(world)
  const at = ['--data', world.dir]
  const [file, key] = [join(world.dir, 'ca.pem'), join(world.dir, 'other.key.pem')]
  writeFileSync(file, root.pem)
  writeFileSync(key, intermediate.keyPem)
  await landfallJson(['certificate', 'add', file, '--name', 'ca', ...at])
  const { verificationCode } = (await landfallJson(['certificate', 'code', 'ca', ...at])) as {
    verificationCode: string
  }
  expect(await landfall(['certificate', 'verify', 'ca', '--key', key, ...at])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('This is not the key of "ca" (CN=Test root CA).'),
  })
  expect(await landfallJson(['certificate', 'show', 'ca', ...at])).toMatchObject({ verificationCode })
})

test('a private key in an upload is refused in a sentence, and neither stored nor logged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-keys-'))
  const service = await serve(dir, '--log-level', 'debug')
  let logged = ''
  service.child.stderr?.on('data', (chunk: Buffer) => {
    logged += chunk.toString()
  })
  try {
    const { rootCaPath, serviceConnectionString } = service.connection
    const options = { fetch: httpsFetch(rootCaPath) }
    const client = ProvisioningServiceClient.fromConnectionString(serviceConnectionString, options)
    const root = await issueRoot({ commonName: 'Plant 7', at: Date.now(), random })
    const secret = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: '1234' } as const
    const pkcs8 = root.keys.privateKey.export({ type: 'pkcs8', format: 'der' })
    const pfx = Buffer.from(makePfx({ issued: root, chain: [], password: '1234', random }))
    const encrypted = root.keys.privateKey.export(secret).toString()
    const sec1 = root.keys.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
    const sent = [root.pem + root.keyPem, encrypted + root.pem, sec1, pkcs8.toString('base64'), pfx.toString('base64')]
    const refused = {
      status: 400,
      reason: 'private_key_sent',
      message: expect.stringContaining('neither stored nor logged'),
    }
    for (const certificate of [...sent, ...sent.map((text) => Buffer.from(text).toString('base64')).slice(0, 3)]) {
      const put = (path: string, body: object) => client.request({ method: 'PUT', path, body })
      await expect(put('/landfall/certificates/plant-7', { certificate })).rejects.toMatchObject(refused)
      const read = { method: 'POST', path: '/landfall/certificates/read', body: { certificate } } as const
      await expect(client.request(read)).rejects.toMatchObject(refused)
      const group = { enrollmentGroupId: 'plant-7', attestation: attestation.signingCertificate(certificate) }
      await expect(client.enrollmentGroups.createOrUpdate(group)).rejects.toMatchObject(refused)
    }
    expect(logged).toContain('private_key_sent')
    await service.end('SIGTERM')
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const kept = [logged, ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))]
    const { d = '' } = root.keys.privateKey.export({ format: 'jwk' })
    const lineIn = (text: string) => text.split('\n')[2] ?? ''
    const traces = [
      Buffer.from(d, 'base64url').toString('latin1'),
      ...[root.keyPem, encrypted, sec1].map(lineIn),
      pkcs8.toString('base64').slice(0, 60),
      pkcs8.toString('base64').slice(-60),
      pfx.toString('base64').slice(-60),
      pfx.subarray(-60).toString('latin1'),
    ]
    for (const trace of traces) {
      expect(trace.length).toBeGreaterThan(16)
      expect(kept.some((text) => text.includes(trace))).toBe(false)
    }
  } finally {
    await service.end('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
})

test('whatever expires is listed page by page, as metrics, and by the command line with its exit code', async () => {
  await using world = await startWorld({ at: '2030-01-01T00:00:00Z' })
  const old = await makeTestCa(world, 'Old')
  await proveRoot(world, old, 'old')
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.signingCertificate(old.intermediate.pem),
  })
  for (const id of ['pump-1', 'pump-2']) {
    const { issued } = await old.device(id, 20)
    const clientCertificates = { primary: { certificate: issued.pem } }
    await world.client.individualEnrollments.createOrUpdate({
      registrationId: id,
      attestation: { type: 'x509', x509: { clientCertificates } },
    })
  }
  const list = ['certificate', 'expiring', '--data', world.dir]
  expect(await operator(world, 'GET', 'certificates/expiring')).toMatchObject([
    { kind: 'individual', name: 'pump-1', slot: 'primary', subject: 'CN=pump-1', daysLeft: 20, expired: false },
    { kind: 'individual', name: 'pump-2', slot: 'primary' },
  ])
  expect(await landfall([...list, '--days', '7'])).toMatchObject({
    code: 0,
    stdout: 'Nothing expires within 7 days.\n',
  })

  world.clock.set(world.clock.now() + days(200))
  const first = await ask(world, 'GET', 'certificates/expiring?days=365&limit=2')
  const next = first.headers.get('x-landfall-next') ?? ''
  const second = await ask(world, 'GET', `certificates/expiring?days=365&limit=2&after=${next}`)
  const named = (answer: Answer) => (answer.body as unknown as { kind: string; name: string }[]).map(({ name }) => name)
  expect([named(first), named(second)]).toEqual([['old', 'line-7', 'pump-1'], ['pump-2']])
  expect(second.headers.get('x-landfall-next')).toBeNull()
  for (const query of ['days=-1', 'days=x', 'limit=0', 'after=nonsense', `after=${next}x&limit=1`])
    expect([200, 400]).toContain((await ask(world, 'GET', `certificates/expiring?${query}`)).status)
  const told = await landfall([...list, '--days', '365'])
  expect(told.code).toBe(1)
  expect(told.stdout).toMatch(/^group +line-7 +primary +CN=Old intermediate CA +2030-06-30T00:00:00Z +expired$/m)
  expect(told.stdout).toMatch(/^CA certificate +old +- +CN=Old root CA +2031-01-01T00:00:00Z +165$/m)
  expect(await landfall([...list, '--days', 'x'])).toMatchObject({ code: 2 })

  expect(await operator(world, 'GET', 'certificates')).toMatchObject([{ name: 'old', daysLeft: 165, expired: false }])
  const metrics = await (await fetch(`${world.connection.managementUrl}/metrics`)).text()
  expect(metrics).toMatch(/landfall_ca_certificate_not_after_seconds\{name="old"\} \d{10}/)
  expect(metrics).toMatch(/landfall_server_certificate_not_after_seconds\{name="TLS server"\} \d{10}/)
})

test('a CA certificate says which groups name it', async () => {
  await using world = await startWorld()
  await proveRoot(world, await makeTestCa(world), 'root')
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.caReference('root'),
  })
  expect(await operator(world, 'GET', 'certificates')).toMatchObject([{ name: 'root', usedBy: ['line-7'] }])
})
