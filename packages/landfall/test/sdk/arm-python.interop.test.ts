/** The published Python management SDKs, unmodified: 2.1.0, and 1.1.0, which the Azure command line is built on. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { type Issued, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { startWorld, type World } from '../world.ts'
import { makePrincipal } from './principal.ts'
import { run } from './run.ts'

let world: World
let slow: World
const tokens = new Map<World, string>()

beforeAll(async () => {
  world = await startWorld()
  slow = await startWorld({ config: { pace: 'cloud' } })
  for (const one of [world, slow]) tokens.set(one, (await makePrincipal(one, 'contributor', 'contributor')).token)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await slow?.[Symbol.asyncDispose]()
})

async function python(version: string, steps: readonly string[], more: object = {}, of = world) {
  const order = { version, steps, endpoint: `https://${of.authority}`, token: tokens.get(of), ...more }
  const script = join(import.meta.dirname, 'python/arm_client.py')
  const ran = await run(of, 'python3', [script, JSON.stringify(order)])
  const last = ran.stdout.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`${missing(ran.stderr)}${ran.code}: ${ran.stdout}${ran.stderr}`)
  return JSON.parse(last)
}

const missing = (stderr: string) =>
  stderr.includes('ModuleNotFoundError')
    ? 'A Python SDK is missing: CONTRIBUTING.md says how the two are installed. '
    : ''

/** How long these clients wait between two questions where nobody tells them (contract/management 2.32). */
const pollSeconds = 30

const moment = () => ({ at: Date.now(), random: realRandom })
const file = (name: string, { pem }: Issued) => {
  const path = join(world.dir, name)
  writeFileSync(path, pem)
  return path
}

describe.each(['2.1.0', '1.1.0'])('azure-mgmt-iothubprovisioningservices %s', (version) => {
  test('reads the service, changes its tags, and every key stays; none of it waits', async () => {
    const outcome = await python(version, ['service'])
    expect(outcome).toMatchObject({
      version,
      saved: { tags: { plant: '7' }, idScope: world.connection.idScope, state: 'Active' },
      keysKept: true,
      listed: ['landfall'],
      skus: ['S1'],
      nameAvailable: false,
      tags: {},
    })
    expect(outcome.seconds).toBeLessThan(pollSeconds)
  })

  test('adds a policy, rotates its primary key alone, and removes it', async () => {
    expect(await python(version, ['policies'])).toMatchObject({
      rotated: { secondary: true, length: 88 },
      policies: ['provisioningserviceowner'],
      gone: { name: 'ResourceNotFoundError', status: 404, message: expect.stringContaining('"py"') },
    })
  })

  test('links a hub, changes its weight without its key, and unlinks it', async () => {
    const key = Buffer.alloc(32, 1).toString('base64')
    const hub = `HostName=plant.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${key}`
    expect(await python(version, ['hubs'], { hub })).toMatchObject({
      hub: { name: 'plant.azure-devices.net', connectionString: hub.replace(key, '****'), weight: 7 },
      hubs: 1,
    })
  })

  test('proves possession of a key in five steps, an etag each', async () => {
    const ca = await issueRoot({ ...moment(), commonName: `Python ${version}` })
    const begun = await python(version, ['certificate'], { certificate: file('py-ca.pem', ca) })
    expect(begun).toMatchObject({
      certificate: { subject: `Python ${version}`, verified: false },
      stale: { status: 412 },
    })
    expect(begun.certificate.created.slice(0, 4)).toBe(String(new Date().getUTCFullYear()))
    const proof = await issueVerification({ ...moment(), code: begun.code.value, ca })
    expect(
      await python(version, ['proof'], { proof: file('py-proof.pem', proof), etag: begun.code.etag }),
    ).toMatchObject({
      verified: true,
      names: ['py-ca'],
      deleted: { name: 'ResourceNotFoundError', message: expect.stringContaining('"py-ca"') },
    })
  })

  test('is told why in words', async () => {
    const { refused, missing: other } = await python(version, ['refused'])
    expect(refused).toMatchObject({ status: 412, message: expect.stringContaining('Read it again') })
    expect(other).toContain('serves "landfall"')
  })

  test('with --pace cloud it polls an operation to its end, a second at a time', async () => {
    const { saved, seconds } = await python(version, ['service'], {}, slow)
    expect(saved).toMatchObject({ tags: { plant: '7' }, idScope: slow.connection.idScope })
    expect(seconds).toBeLessThan(pollSeconds)
  })
})
