import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { programFor } from '../../src/cli/program.ts'
import { realRandom as random } from '../../src/system.ts'
import { issueDevice, issueRoot, issueVerification } from '../../src/x509/issue.ts'
import { startWorld, type World } from '../world.ts'
import { landfall, landfallJson } from './landfall.ts'

// whole programs, one after the other, on a machine that may be busy
vi.setConfig({ testTimeout: 180_000 })

/** A CA of the world in files, as `landfall cert root` would write them. */
async function writeRoot(world: World, name: string) {
  const root = await issueRoot({ commonName: name, at: Date.now(), random })
  const certificate = join(world.dir, `${name}.cert.pem`)
  const key = join(world.dir, `${name}.key.pem`)
  writeFileSync(certificate, root.pem)
  writeFileSync(key, root.keyPem)
  return { root, certificate, key }
}

/** In this process: a table of commands need not start Node each time. */
async function answerOf(args: readonly string[]): Promise<unknown> {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    const program = await programFor(args)
    await program.parseAsync([...args, '--json'], { from: 'user' })
    return JSON.parse(written.mock.calls.map(([text]) => String(text)).join(''))
  } finally {
    written.mockRestore()
  }
}

test('a CA certificate is added and proved in one verb, or step by step', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  const one = await writeRoot(world, 'one')
  expect(await landfallJson(['certificate', 'add', one.certificate, '--key', one.key, ...at])).toMatchObject({
    name: 'one',
    isVerified: true,
  })
  const two = await writeRoot(world, 'two')
  expect(await landfallJson(['certificate', 'add', two.certificate, ...at])).toMatchObject({ isVerified: false })
  const { verificationCode } = (await landfallJson(['certificate', 'code', 'two', ...at])) as {
    verificationCode: string
  }
  const proof = await issueVerification({ code: verificationCode, ca: two.root, at: Date.now(), random })
  const file = join(world.dir, 'proof.pem')
  writeFileSync(file, proof.pem)
  expect(await landfallJson(['certificate', 'verify', 'two', '--file', file, ...at])).toMatchObject({
    isVerified: true,
  })
  const wrong = await landfall(['certificate', 'verify', 'one', '--key', two.key, ...at])
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('not the key of "one"') })
  expect(await landfallJson(['certificate', 'list', ...at])).toMatchObject([{ name: 'one' }, { name: 'two' }])
  expect(await landfallJson(['certificate', 'delete', 'two', ...at])).toEqual({ deleted: 'two' })
})

test('enrollments, hubs and policies are made, shown, changed and deleted', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  const { certificate, root } = await writeRoot(world, 'plant-7')
  const leaf = join(world.dir, 'pump-12.cert.pem')
  writeFileSync(leaf, (await issueDevice({ registrationId: 'pump-12', ca: root, at: Date.now(), random })).pem)

  const steps: readonly (readonly [string, object])[] = [
    [`enrollment-group create plant-7 --certificate-path ${certificate}`, { attestation: { type: 'x509' } }],
    ['enrollment-group create meters', { attestation: { type: 'symmetricKey' } }],
    ['enrollment-group show meters --keys', { attestation: { symmetricKey: { primaryKey: expect.any(String) } } }],
    ['enrollment-group update plant-7 --provisioning-status disabled', { provisioningStatus: 'disabled' }],
    ['enrollment-group list', [{ enrollmentGroupId: 'meters' }, { enrollmentGroupId: 'plant-7' }]],
    ["enrollment-group list --where provisioningStatus='disabled'", [{ enrollmentGroupId: 'plant-7' }]],
    [`enrollment create pump-12 --certificate-path ${leaf} --device-id p12`, { deviceId: 'p12' }],
    [
      'enrollment update pump-12 --initial-twin-tags {"site":"7"}',
      { deviceId: 'p12', initialTwin: { tags: { site: '7' } } },
    ],
    ['enrollment show pump-12', { registrationState: { status: 'unassigned' } }],
    ['enrollment list', [{ registrationId: 'pump-12' }]],
    ['enrollment delete pump-12', { deleted: 'pump-12' }],
    ['enrollment-group delete plant-7', { deleted: 'plant-7' }],
    ['registration list --group meters', []],
    ['compute-device-key --group meters --registration-id m1', { deviceKey: expect.stringMatching(/=$/) }],
    ['hub create hub-b.example --weight 3', { allocationWeight: 3, linked: true }],
    ['hub unlink hub-b.example', { linked: false }],
    ['hub update hub-b.example --weight 4', { allocationWeight: 4 }],
    ['hub list', [{ kind: 'embedded' }, { name: 'hub-b.example' }]],
    ['hub show hub-b.example --keys', { connectionStrings: { iothubowner: expect.stringMatching(/^HostName=/) } }],
    ['hub delete hub-b.example', { deleted: 'hub-b.example' }],
    ['policy create reader --rights EnrollmentRead', { rights: ['EnrollmentRead'] }],
    ['policy rotate reader --key swap', { connectionString: expect.stringMatching(/SharedAccessKeyName=reader/) }],
    ['policy list', [{ name: 'provisioningserviceowner' }, { name: 'reader' }]],
    ['policy show reader', { name: 'reader' }],
    ['policy delete reader', { deleted: 'reader' }],
    ['allocation-policy set static', { allocationPolicy: 'static' }],
    ['allocation-policy show', { allocationPolicy: 'static' }],
    ['explain --registration-id pump-12', []],
    ['env', { IOT_PROVISIONING_DEVICE_IDSCOPE: world.connection.idScope }],
  ]
  for (const [line, expected] of steps)
    expect(await answerOf([...line.split(' '), ...at]), line).toMatchObject(expected)
})

test('a list that a condition leaves empty says the condition, and not how to make the first', async () => {
  await using world = await startWorld()
  const where = ['--where', "provisioningStatus = 'disabled'", '--data', world.dir]
  for (const kind of ['enrollment', 'enrollment-group']) {
    const { stdout } = await landfall([kind, 'list', ...where])
    expect(stdout).toMatch(/^No .+ fits: provisioningStatus = 'disabled'\n$/)
    expect((await landfall([kind, 'list', '--data', world.dir])).stdout).toContain('makes one')
  }
})

test('a service is found by a connection string too, in --login or in the environment', async () => {
  await using world = await startWorld()
  const { serviceConnectionString, rootCaPath } = world.connection
  const trust = { NODE_EXTRA_CA_CERTS: rootCaPath }
  const login = await landfall(['policy', 'list', '--login', serviceConnectionString], trust)
  expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining('provisioningserviceowner') })
  const named = { ...trust, IOT_PROVISIONING_SERVICE_CONNECTION_STRING: serviceConnectionString }
  expect(await landfall(['policy', 'list'], named)).toMatchObject({ code: 0 })
})

test('a service whose name is for others only is found on its own machine', async () => {
  await using world = await startWorld({ config: { hostnames: ['dps.invalid'] } })
  expect(await landfallJson(['hub', 'list', '--data', world.dir])).toMatchObject([{ name: 'dps.invalid' }])
})

test('a service that lives in another year is asked by its own clock', async () => {
  await using world = await startWorld({ at: '2035-01-01T00:00:00Z' })
  expect(await landfallJson(['hub', 'list', '--data', world.dir])).toMatchObject([{ kind: 'embedded' }])
})

test('the exit code tells what kind of failure it was, and --json says it as JSON', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  expect(await landfall(['registration', 'show', ...at])).toMatchObject({ code: 2 })
  expect(await landfall(['explain', ...at])).toMatchObject({ code: 2 })
  expect(await landfall(['certificate', 'add', '/no/such/file', ...at])).toMatchObject({ code: 2 })
  const refused = await landfall(['registration', 'show', 'nobody', '--json', ...at])
  expect(refused.code).toBe(3)
  expect(JSON.parse(refused.stderr)).toMatchObject({ status: 404, errorCode: 404203, trackingId: expect.any(String) })
  expect(await landfall(['hub', 'list', '--data', join(world.dir, 'nowhere')])).toMatchObject({ code: 4 })
  const gone = 'HostName=127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=YQ=='
  expect(await landfall(['hub', 'list', '--login', gone])).toMatchObject({ code: 4 })
})

test('what env prints can be taken into a shell as it is', async () => {
  await using world = await startWorld()
  const { stdout } = await landfall(['env', '--data', world.dir])
  expect(stdout).toContain(`export NODE_EXTRA_CA_CERTS='${world.connection.rootCaPath}'`)
  expect(readFileSync(world.connection.rootCaPath, 'utf8')).toContain('BEGIN CERTIFICATE')
  for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^export [A-Z_]+='[^']*'$/)
})
