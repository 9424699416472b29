/** The Azure command line itself, unmodified: docs/az.md as it is typed, then every command that needs the management API. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { type Issued, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { startWorld, type World } from '../world.ts'
import { makePrincipal, type Principal } from './principal.ts'
import { type Ran, run } from './run.ts'

const home = join(import.meta.dirname, '../../../..')
const command = join(home, '.venv-az/bin/az')

let world: World
let principal: Principal
let configDir: string

beforeAll(async () => {
  if (!existsSync(command))
    throw new Error('The Azure command line is missing: CONTRIBUTING.md says how it is installed into .venv-az.')
  configDir = mkdtempSync(join(tmpdir(), 'landfall-az-'))
  // a host name, as the documents have one; linked hubs are looked up by it
  world = await startWorld({ config: { hostnames: ['localhost'] } })
  principal = await makePrincipal(world, 'az', 'contributor', 'data-owner')
  for (const line of documentedLines()) await typed(line)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  rmSync(configDir, { recursive: true, force: true })
})

const environment = () => ({ AZURE_CONFIG_DIR: configDir, AZURE_CORE_COLLECT_TELEMETRY: 'no' })

/** The first block of docs/az.md, with this world's names for the document's. */
function documentedLines(): readonly string[] {
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(home, 'docs/az.md'), 'utf8')) ?? []
  return block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line.startsWith('az '))
    .map((line) =>
      line
        .replace('https://localhost:8443', `https://${world.authority}`)
        .replace('CLIENT_ID', principal.id)
        .replace('SECRET', principal.secret),
    )
}

async function typed(line: string): Promise<string> {
  const ran = await run(world, command, line.split(/\s+/).slice(1), environment())
  if (ran.code !== 0) throw new Error(`${line}\n${ran.stderr}`)
  return ran.stdout
}

const az = (...args: readonly string[]): Promise<Ran> =>
  run(world, command, [...args, '--output', 'json'], environment())

async function dps(line: string, ...more: readonly string[]) {
  const ran = await az('iot', 'dps', ...line.split(' '), ...more)
  if (ran.code !== 0) throw new Error(`az iot dps ${line}\n${ran.stderr}`)
  return ran.stdout.trim() === '' ? undefined : JSON.parse(ran.stdout)
}

async function refused(line: string, ...more: readonly string[]): Promise<string> {
  const { code, stderr } = await az('iot', 'dps', ...line.split(' '), ...more)
  expect(code).not.toBe(0)
  return stderr
}

describe('az iot dps', () => {
  test('docs/az.md ends with the policies of the service, read by the five lines above', async () => {
    const lines = documentedLines()
    expect(lines.map((line) => line.split(' ', 3).join(' '))).toEqual([
      'az cloud register',
      'az cloud set',
      'az config set',
      'az login --service-principal',
      'az iot dps',
    ])
    expect(JSON.parse(await typed(lines.at(-1) ?? ''))).toMatchObject([{ keyName: 'provisioningserviceowner' }])
  })

  test('the service is shown, listed and updated, with a resource group and without', async () => {
    const shown = await dps('show -n landfall')
    expect(shown).toMatchObject({
      name: 'landfall',
      properties: { idScope: world.connection.idScope, state: 'Active' },
    })
    expect(await dps('show -n landfall -g landfall')).toEqual(shown)
    expect(await dps('list')).toEqual([shown])
    const updated = await dps('update -n landfall --set properties.allocationPolicy=GeoLatency --tags plant=7')
    expect(updated).toMatchObject({ properties: { allocationPolicy: 'GeoLatency' }, tags: { plant: '7' } })
    await dps('update -n landfall --set properties.allocationPolicy=Hashed')
    expect(await dps('policy list --dps-name landfall')).toHaveLength(1)
  })

  test('another service is not made, the one there is is not made twice, nor deleted; each in one sentence', async () => {
    expect(await refused('create -n landfall -g landfall')).toContain('is the service that this Landfall is')
    expect(await refused('create -n another -g landfall')).toContain('This Landfall serves "landfall"')
    expect(await refused('delete -n landfall')).toContain('is not deleted by a request')
    expect(await refused('show -n another -g landfall')).toContain('was not found')
  })

  test('a policy is made, shown, given new keys and other rights, and deleted', async () => {
    const made = await dps('policy create --dps-name landfall --pn line-7 -r EnrollmentRead ServiceConfig')
    expect(made).toMatchObject({ keyName: 'line-7', rights: 'ServiceConfig, EnrollmentRead' })
    const rotated = await dps('policy update --dps-name landfall --pn line-7 --primary-key', '')
    expect(rotated).toMatchObject({ secondaryKey: made.secondaryKey, rights: made.rights })
    expect(rotated.primaryKey).not.toBe(made.primaryKey)
    const changed = await dps('policy update --dps-name landfall --pn line-7 -r EnrollmentWrite')
    expect(changed).toMatchObject({ primaryKey: rotated.primaryKey, rights: 'EnrollmentWrite' })
    expect(await dps('policy show --dps-name landfall --pn LINE-7')).toEqual(changed)
    expect(await refused('policy create --dps-name landfall --pn line-7 -r EnrollmentRead')).toContain('already exists')
    expect(await dps('policy delete --dps-name landfall --pn line-7')).toMatchObject([
      { keyName: 'provisioningserviceowner' },
    ])
    expect(await refused('policy delete --dps-name landfall --pn provisioningserviceowner')).toContain('last policy')
  })

  test('a hub is linked by its full name, updated without its key, and unlinked', async () => {
    const key = Buffer.alloc(32, 1).toString('base64')
    const hub = `HostName=plant.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${key}`
    const linked = await dps('linked-hub create --dps-name landfall -l westeurope --connection-string', hub)
    expect(linked).toMatchObject([
      { name: 'localhost' },
      { name: 'plant.azure-devices.net', connectionString: hub.replace(key, '****'), location: 'westeurope' },
    ])
    const one = '--dps-name landfall --linked-hub plant.azure-devices.net'
    const weighed = await dps(`linked-hub update ${one} --allocation-weight 10 --apply-allocation-policy false`)
    expect(weighed).toMatchObject({ allocationWeight: 10, applyAllocationPolicy: false })
    expect(await dps(`linked-hub show ${one}`)).toEqual(weighed)
    const answer = await world.fetch(`https://${world.authority}/landfall/hubs/plant.azure-devices.net?keys=true`, {
      headers: { authorization: `Bearer ${principal.token}` },
    })
    expect(await answer.json()).toMatchObject({ connectionStrings: { link: hub } })
    expect(await dps(`linked-hub delete ${one}`)).toMatchObject([{ name: 'localhost' }])
  })

  test('the hub of this service is unlinked, and linked again by its name alone', async () => {
    for (const group of ['', ' --hub-resource-group landfall']) {
      expect(await dps('linked-hub delete --dps-name landfall --linked-hub localhost')).toEqual([])
      expect(await dps(`linked-hub create --dps-name landfall --hub-name localhost${group}`)).toMatchObject([
        { name: 'localhost', location: 'local' },
      ])
    }
    expect(await dps('linked-hub show --dps-name landfall --linked-hub localhost')).toMatchObject({ name: 'localhost' })
  })

  test('a certificate is uploaded, its key proved in five steps, replaced and deleted', async () => {
    const moment = { at: Date.now(), random: realRandom }
    const file = (name: string, { pem }: Issued) => {
      const path = join(world.dir, name)
      writeFileSync(path, pem)
      return path
    }
    const ca = await issueRoot({ ...moment, commonName: 'Plant 7 CA' })
    const path = file('plant-7.pem', ca)
    const one = '--dps-name landfall --certificate-name plant-7'
    const created = await dps(`certificate create ${one} --path`, path)
    expect(created).toMatchObject({ name: 'plant-7', properties: { subject: 'Plant 7 CA', isVerified: false } })
    expect(await refused(`certificate create ${one} --path`, path)).toContain('already exists')
    const code = await dps(`certificate generate-verification-code ${one} --etag`, created.etag)
    const { verificationCode } = code.properties
    const proof = file('proof.pem', await issueVerification({ ...moment, code: verificationCode, ca }))
    expect(await refused(`certificate verify ${one} --path ${proof} --etag`, created.etag)).toContain('Read it again')
    const verified = await dps(`certificate verify ${one} --path ${proof} --etag`, code.etag)
    expect(verified.properties.isVerified).toBe(true)
    const again = await dps(`certificate update ${one} --path ${path} --etag`, verified.etag)
    expect(again.properties.isVerified).toBe(true)
    expect(await dps('certificate list --dps-name landfall')).toMatchObject({ value: [{ name: 'plant-7' }] })
    expect(await dps(`certificate show ${one}`)).toMatchObject({ etag: again.etag })
    await dps(`certificate delete ${one} --etag`, again.etag)
    expect(await dps('certificate list --dps-name landfall')).toEqual({ value: [] })
  })
})

test('az iot hub finds the hub of this service, and its policies', async () => {
  const hub = async (line: string) => JSON.parse((await az('iot', 'hub', ...line.split(' '))).stdout)
  const shown = await hub('show -n localhost -g landfall')
  expect(shown).toMatchObject({
    name: 'localhost',
    properties: {
      hostName: 'localhost',
      eventHubEndpoints: { events: { endpoint: `sb://localhost:${world.connection.ports.amqp}/`, path: 'localhost' } },
    },
  })
  expect(await hub('show -n localhost')).toEqual(shown)
  const [owner] = await hub('policy list --hub-name localhost')
  expect(owner).toMatchObject({ keyName: 'iothubowner', primaryKey: expect.any(String) })
})

test('a reader logs in and reads, but is shown no key and changes nothing', async () => {
  const reader = await makePrincipal(world, 'reads', 'reader')
  await typed(`az login --service-principal -u ${reader.id} -p ${reader.secret} --tenant adfs`)
  expect(await dps('show -n landfall')).toMatchObject({ name: 'landfall' })
  expect(await refused('policy list --dps-name landfall')).toContain('lacks KeysRead')
  expect(await refused('update -n landfall --tags a=b')).toContain('lacks ManagementWrite')
  // another id: az keeps the token of the one before, and asks no secret again
  const wrong = await az('login', '--service-principal', '-u', 'nobody', '-p', 'wrong', '--tenant', 'adfs')
  expect([wrong.code === 0, wrong.stderr]).toEqual([false, expect.stringContaining('secret is wrong')])
})
