/** Issue 5, point 7: every change through any API is in the audit log, once, without a secret, and there for good. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/audit/entry.ts'
import { type AuditView, changeStory } from '../../src/cli/audit-story.ts'
import { realRandom } from '../../src/system.ts'
import { type Issued, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { httpsFetch } from '../https-fetch.ts'
import { main, serve } from '../process.ts'
import { landfall } from '../walk/landfall.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let root: Issued
/** Whatever an answer has shown or a request has told that nobody else may know. */
const secrets = new Set<string>()

beforeAll(async () => {
  rig = await startRig()
  root = await issueRoot({ commonName: 'Root', days: 365, at: Date.now(), random: realRandom })
})
afterAll(() => rig[Symbol.asyncDispose]())

interface Page {
  readonly items: readonly AuditView[]
  readonly next?: number
}

async function page(query: string, of = rig): Promise<Page> {
  const { status, body } = await of.service(`GET /landfall/audit?${query}`)
  expect(status).toBe(200)
  return body as Page
}

/** All since `mark`, oldest first. */
const since = async (mark: number) => (await page('limit=100')).items.filter(({ number }) => number > mark).toReversed()
const lastNumber = async () => (await page('limit=1')).items[0]?.number ?? 0
const told = ({ actor, action, target, request }: AuditView) =>
  `${actor.name}: ${action} ${target.kind} ${target.id} (${request})`

/** Keys, codes and the like in an answer, wherever they stand. */
function keep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'string') keep(member)
    else if (/key$|code$|secret|bearer/i.test(name) && member.length > 8 && !/^\d+$/.test(member)) secrets.add(member)
  }
}

async function done(line: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await rig.service(line, { body, headers })
  expect(answer.status, `${line}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  keep(answer.body)
  return answer.body
}

async function hubDone(line: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await rig.hub(line, { body, headers })
  expect(answer.status, line).toBeLessThan(300)
  keep(answer.body)
}

const key = (fill: number) => {
  const text = Buffer.alloc(32, fill).toString('base64')
  secrets.add(text)
  return text
}

const symmetric = () => ({
  attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: key(11), secondaryKey: key(12) } },
})

test('the first start is the service’s own doing', async () => {
  const items = await since(0)
  expect(items.map(told)).toEqual([
    'landfall: create instance landfall (start)',
    'landfall: create allocationPolicy landfall (start)',
    'landfall: create policy provisioningserviceowner (start)',
    'landfall: create hub 127.0.0.1 (start)',
  ])
  expect(items.every(({ actor }) => actor.kind === 'service')).toBe(true)
})

describe('each API', () => {
  const owner = 'provisioningserviceowner'

  test('enrollments and registration records', async () => {
    const mark = await lastNumber()
    await done('PUT /enrollments/Pump-1', { registrationId: 'Pump-1', ...symmetric() })
    await done(
      'PUT /enrollments/pump-1',
      { registrationId: 'Pump-1', ...symmetric(), provisioningStatus: 'disabled' },
      { 'if-match': '*' },
    )
    await done('DELETE /enrollments/pump-1')
    await done('PUT /enrollmentGroups/plant', { enrollmentGroupId: 'plant', ...symmetric() })
    await done('POST /enrollments', {
      mode: 'create',
      enrollments: [
        { registrationId: 'a', ...symmetric() },
        { registrationId: 'b', ...symmetric() },
      ],
    })
    const items = await since(mark)
    expect(items.map(told).toSorted()).toEqual(
      [
        `${owner}: create individual Pump-1 (PUT /enrollments/Pump-1)`,
        `${owner}: update individual Pump-1 (PUT /enrollments/pump-1)`,
        `${owner}: delete individual Pump-1 (DELETE /enrollments/pump-1)`,
        `${owner}: create group plant (PUT /enrollmentGroups/plant)`,
        `${owner}: create individual a (POST /enrollments)`,
        `${owner}: create individual b (POST /enrollments)`,
      ].toSorted(),
    )
    expect(items[1]).toMatchObject({
      actor: { kind: 'policy' },
      remoteAddress: '127.0.0.1',
      before: { provisioningStatus: 'enabled' },
      after: { provisioningStatus: 'disabled' },
    })
  })

  test('policies, hubs, the allocation policy', async () => {
    const mark = await lastNumber()
    await done('PUT /landfall/policies/ci', { rights: ['EnrollmentRead'], primaryKey: key(21) })
    await done('PATCH /landfall/policies/ci', { rights: ['EnrollmentRead', 'EnrollmentWrite'] })
    await done('POST /landfall/policies/ci/rotate', { key: 'primary' })
    await done('DELETE /landfall/policies/ci')
    await done('PUT /landfall/hubs/far.example', {
      connectionString: `HostName=far.example;SharedAccessKeyName=o;SharedAccessKey=${key(22)}`,
    })
    await done('DELETE /landfall/hubs/far.example')
    await done('PUT /landfall/allocation-policy', { allocationPolicy: 'static' })
    await done('PUT /landfall/allocation-policy', { allocationPolicy: 'static' })
    const items = await since(mark)
    expect(items.map(told)).toEqual([
      `${owner}: create policy ci (PUT /landfall/policies/ci)`,
      `${owner}: update policy ci (PATCH /landfall/policies/ci)`,
      `${owner}: update policy ci (POST /landfall/policies/ci/rotate)`,
      `${owner}: delete policy ci (DELETE /landfall/policies/ci)`,
      `${owner}: create hub far.example (PUT /landfall/hubs/far.example)`,
      `${owner}: delete hub far.example (DELETE /landfall/hubs/far.example)`,
      `${owner}: update allocationPolicy landfall (PUT /landfall/allocation-policy)`,
    ])
    const { before, after } = items[2] as unknown as Record<
      'before' | 'after',
      { primaryKey: string; secondaryKey: string }
    >
    expect(after.primaryKey).not.toBe(before.primaryKey)
    expect(after.secondaryKey).toBe(before.secondaryKey)
  })

  test('CA certificates and the proof of possession', async () => {
    const mark = await lastNumber()
    await done('PUT /landfall/certificates/root', { certificate: root.pem })
    const { verificationCode } = (await done('POST /landfall/certificates/root/code')) as { verificationCode: string }
    const proof = await issueVerification({ code: verificationCode, ca: root, at: Date.now(), random: realRandom })
    await done('POST /landfall/certificates/root/verify', { certificate: proof.pem })
    await done('DELETE /landfall/certificates/root')
    const items = await since(mark)
    expect(items.map(({ action, target }) => `${action} ${target.kind} ${target.id}`)).toEqual([
      'create caCertificate root',
      'update caCertificate root',
      'update caCertificate root',
      'delete caCertificate root',
    ])
    expect(items[2]).toMatchObject({ before: { isVerified: false }, after: { isVerified: true } })
    expect(secrets).toContain(verificationCode)
  })

  test('the management API', async () => {
    const mark = await lastNumber()
    const service = '/subscriptions/any/resourceGroups/any/providers/Microsoft.Devices/provisioningServices/landfall'
    const headers = { authorization: await rig.world.token(), 'content-type': 'application/json' }
    const path = `${service}/certificates/arm?api-version=2022-12-12`
    const body = { properties: { certificate: Buffer.from(root.pem).toString('base64') } }
    expect((await rig.ask(`PUT ${path}`, { headers, body })).status).toBeLessThan(300)
    const items = await since(mark)
    expect(items).toMatchObject([
      { actor: { name: owner }, action: 'create', target: { kind: 'caCertificate', id: 'arm' } },
    ])
    expect(items[0]?.request).toContain('PUT /subscriptions/any/')
  })

  test('tokens', async () => {
    const mark = await lastNumber()
    await done('POST /landfall/tokens', { name: 'grafana', roles: ['reader'] })
    await done('DELETE /landfall/tokens/grafana')
    expect((await since(mark)).map(({ action, target }) => `${action} ${target.kind} ${target.id}`)).toEqual([
      'create token grafana',
      'delete token grafana',
    ])
  })

  test('the REST API of an embedded hub, under the hub’s own policy', async () => {
    const mark = await lastNumber()
    const symmetricKey = { primaryKey: key(31), secondaryKey: key(32) }
    await hubDone('PUT /devices/D1', { deviceId: 'D1', authentication: { type: 'sas', symmetricKey } })
    await hubDone('PATCH /twins/D1', { tags: { site: 'north' } })
    await hubDone('POST /devices', [{ id: 'D2', importMode: 'create' }])
    await hubDone('DELETE /devices/D1', undefined, { 'if-match': '*' })
    await done('DELETE /landfall/hubs/127.0.0.1/devices/D2')
    const items = await since(mark)
    expect(items.map(({ actor, action, target }) => `${actor.name} ${action} ${target.kind} ${target.id}`)).toEqual([
      'iothubowner create device D1',
      'iothubowner create twin D1',
      'iothubowner update twin D1',
      'iothubowner create device D2',
      'iothubowner create twin D2',
      'iothubowner delete device D1',
      'iothubowner delete twin D1',
      `${owner} delete device D2`,
      `${owner} delete twin D2`,
    ])
    expect(items[2]).toMatchObject({
      actor: { kind: 'policy', name: 'iothubowner', hub: '127.0.0.1' },
      target: { hub: '127.0.0.1' },
      before: { tags: {} },
      after: { tags: { site: 'north' } },
    })
  })

  test('is silent about what was refused, and about what devices do', async () => {
    const mark = await lastNumber()
    expect(
      (await rig.service('PUT /enrollmentGroups/plant', { body: { enrollmentGroupId: 'plant', ...symmetric() } }))
        .status,
    ).toBe(409)
    expect((await rig.service('DELETE /landfall/policies/nobody')).status).toBe(404)
    const { primary } = await rig.keyedIndividual('pump-2')
    secrets.add(primary)
    expect((await rig.register('pump-2', { symmetricKey: primary })).status).toBeLessThan(300)
    await rig.world.client.registrations.delete('pump-2')
    expect((await since(mark)).map(({ action, target }) => `${action} ${target.kind} ${target.id}`)).toEqual([
      'create individual pump-2',
      'delete registration pump-2',
    ])
  })
})

test('no secret is in the log, in no rendering of it and in no metric', async () => {
  await done('PUT /enrollments/twin-1', {
    registrationId: 'twin-1',
    ...symmetric(),
    initialTwin: { tags: { wifiPassword: 'correct horse battery' }, properties: { desired: {} } },
    allocationPolicy: 'custom',
    customAllocationDefinition: {
      webhookUrl: 'https://f.example/api/allocate?code=function-key',
      apiVersion: '2019-03-31',
    },
  })
  for (const secret of ['correct horse battery', 'function-key']) secrets.add(secret)
  const { items } = await page('limit=100')
  const printed = await landfall(['audit', '--limit', '100', '--data', rig.world.dir])
  const json = await landfall(['audit', '--limit', '100', '--json', '--data', rig.world.dir])
  const metrics = await (await fetch(`${rig.world.connection.managementUrl}/metrics`)).text()
  expect(printed).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(json.stdout)).toEqual(items)
  expect(secrets.size).toBeGreaterThan(12)
  for (const secret of secrets) {
    for (const text of [JSON.stringify(items), items.map(changeStory).join(), printed.stdout, json.stdout, metrics])
      expect(text).not.toContain(secret)
  }
  expect(metrics).toMatch(/^landfall_changes_total\{kind="group",action="create"\} 1$/m)
})

test('is asked by kind, id, actor and time, page by page', async () => {
  const ids = async (query: string) => (await page(query)).items.map(({ target }) => target.id)
  expect(await ids('kind=group')).toEqual(['plant'])
  expect(await ids('id=PUMP-1')).toEqual(['Pump-1', 'Pump-1', 'Pump-1'])
  expect(new Set(await ids('actor=iothubowner'))).toEqual(new Set(['D1', 'D2']))
  expect(await ids(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([])
  expect((await ids(`until=${new Date(Date.now() + 60_000).toISOString()}&limit=100`)).length).toBeGreaterThan(20)
  const numbers: number[] = []
  let after = ''
  do {
    const { items, next } = await page(`limit=7${after}`)
    numbers.push(...items.map(({ number }) => number))
    after = next === undefined ? '' : `&after=${next}`
  } while (after !== '')
  expect(numbers).toEqual((await page('limit=100')).items.map(({ number }) => number))
  for (const wrong of ['kind=strange', 'limit=0', 'limit=101', 'after=x', 'since=yesterday'])
    expect((await rig.service(`GET /landfall/audit?${wrong}`)).status).toBe(400)
})

test('cannot be changed: every method but GET is refused, and so are strangers', async () => {
  const before = await page('limit=100')
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    const { status, body } = await rig.service(`${method} /landfall/audit`, { body: {} })
    expect([status, body.errorCode]).toEqual([405, 405000])
    expect((await rig.service(`${method} /landfall/audit/1`, { body: {} })).status).toBe(404)
    expect((await rig.ask(`${method} /landfall/audit`, { body: {} })).status).toBe(401)
  }
  expect((await rig.ask('GET /landfall/audit')).status).toBe(401)
  expect(await page('limit=100')).toEqual(before)
})

test('hostile names are data: in the log as they came, on a terminal without a command in them', async () => {
  await done('PUT /landfall/policies/mark', { rights: ['EnrollmentRead'] })
  const [entry] = (await page('limit=1')).items as [AuditView]
  const hostile: AuditView = {
    ...entry,
    actor: { kind: 'issuer', name: '\u001b[2Jsomebody\u202e' },
    target: { kind: 'group', id: '</script>\u001b]0;x\u0007' },
    after: { '\u001b[31m': '\u001b[0m<img src=x>' } as AuditEntry['after'],
  }
  const story = changeStory(hostile)
  expect(story).toContain('</script>')
  expect(story.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001a\u001c-\u001f\u007f-\u009f\u202e]/)
  expect(story).not.toContain('\u001b[2J')
})

test('says what differs, line by line, and nothing where nothing fits', async () => {
  const at = ['--data', rig.world.dir]
  const shown = await landfall(['audit', '--kind', 'individual', '--id', 'pump-1', '--limit', '2', ...at])
  expect(shown.stdout.split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^#\d+ {2}\d{4}-.*Z {2}deleted individual "Pump-1"$/),
    '    by policy provisioningserviceowner from 127.0.0.1: DELETE /enrollments/pump-1',
  ])
  expect(shown.stdout).toContain('    ~ provisioningStatus: "enabled" → "disabled"')
  expect((await landfall(['audit', '--id', 'nobody', ...at])).stdout).toBe('Nothing that fits was changed.\n')
  expect(await landfall(['audit', '--since', 'yesterday', ...at])).toMatchObject({ code: 2 })
  expect(JSON.parse((await landfall(['audit', '--since', '1h', '--limit', '1', '--json', ...at])).stdout)).toHaveLength(
    1,
  )
})

test('with --follow tells of what is changed from now on, once', async () => {
  const args = ['audit', '--follow', '--json', '--kind', 'policy', '--limit', '1', '--data', rig.world.dir]
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { action, target } = JSON.parse((await lines.next()).value ?? '') as AuditView
    return `${action} ${target.id}`
  }
  expect(await next()).toBe('create mark')
  await done('PUT /landfall/policies/late', { rights: ['EnrollmentRead'] })
  await done('DELETE /landfall/policies/late')
  expect([await next(), await next()]).toEqual(['create late', 'delete late'])
  child.kill()
})

test('survives a restart, and a kill together with what it tells of', async () => {
  const before = await page('limit=100')
  await rig.world.restart()
  expect(await page('limit=100')).toEqual(before)

  const dir = mkdtempSync(join(tmpdir(), 'landfall-audit-'))
  let service = await serve(dir)
  const client = () =>
    ProvisioningServiceClient.fromConnectionString(service.connection.serviceConnectionString, {
      fetch: httpsFetch(service.connection.rootCaPath),
    })
  const acknowledged: string[] = []
  const writing = (async () => {
    const { enrollmentGroups } = client()
    for (let n = 0; ; n++) {
      const { enrollmentGroupId } = await enrollmentGroups.createOrUpdate({
        enrollmentGroupId: `g${n}`,
        attestation: attestation.symmetricKey(),
      })
      acknowledged.push(enrollmentGroupId)
      if (n === 10) void service.end('SIGKILL')
    }
  })().catch(() => undefined)
  await writing
  service = await serve(dir)
  const stored = await client().enrollmentGroups.query().toArray()
  const { body } = await client().request<Page>({ method: 'GET', path: '/landfall/audit?kind=group&limit=100' })
  const logged = body.items.map(({ target }) => target.id)
  expect(logged).toEqual(expect.arrayContaining(acknowledged))
  expect(logged.toSorted()).toEqual(stored.map(({ enrollmentGroupId }) => enrollmentGroupId).toSorted())
  await service.end('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
})

test('is kept within the bound that the operator sets', async () => {
  await using small = await startRig({ config: { auditEntries: 5 } })
  for (let n = 0; n < 8; n++) await small.keyedGroup(`g${n}`)
  const { items, next } = await page('limit=100', small)
  expect(items.map(({ target }) => target.id)).toEqual(['g7', 'g6', 'g5', 'g4', 'g3'])
  expect(next).toBeUndefined()
})
