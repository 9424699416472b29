/** `landfall diagnose` as people run it: files, tables, and live devices with the published SDK. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { expect, test, vi } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { registerRaw, send } from '../raw-device.ts'
import type { DeviceOrder, DeviceOutcome } from '../sdk/device-client.ts'
import { run } from '../sdk/run.ts'
import { enrolledCa, makeTestCa, operator } from '../test-ca.ts'
import { json, startWebhook } from '../webhook/webhook.ts'
import { startWorld, type World } from '../world.ts'
import { environment, landfall, mainPath } from './landfall.ts'

// whole programs, one after the other, on a machine that may be busy
vi.setConfig({ testTimeout: 180_000 })

const groupKey = Buffer.alloc(32, 'g').toString('base64')

async function withMeters(world: World) {
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'meters',
    attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: groupKey, secondaryKey: groupKey } },
  })
}

test('a chain in a file is drawn with its rules, and the exit code says whether the device would be let in', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world)
  const device = await ca.device('press-1')
  const at = ['--data', world.dir]
  const good = await landfall(['diagnose', '--chain', device.certificate, ...at])
  expect(good).toMatchObject({ code: 0, stderr: '' })
  expect(good.stdout).toMatch(/├─ CN=press-1 {2}sent by the device\n/)
  expect(good.stdout).toMatch(/├─ CN=Test intermediate CA {2}sent by the device, enrollment group line-7\n/)
  expect(good.stdout).toMatch(/└─ CN=Test root CA {2}trusted here, CA certificate test-root\n/)
  expect(good.stdout).toContain('✓ The common name "press-1" is the registration id.')
  expect(good.stdout).toContain('Would be assigned to 127.0.0.1 as "press-1".')

  const other = await landfall(['diagnose', '--chain', device.certificate, '--registration-id', 'press-2', ...at])
  expect(other).toMatchObject({ code: 3 })
  expect(other.stdout).toContain('✗ The device certificate\'s common name is "press-1"')
  expect(other.stdout).toContain('What to do: Let the device register as "press-1"')

  const later = await landfall(['diagnose', '--chain', device.certificate, '--at', '2099-01-01', ...at])
  expect(later).toMatchObject({ code: 3 })
  expect(later.stdout.match(/✗ The certificate "CN=[^"]+" \(.+ in the chain\) expired at/g)).toHaveLength(3)

  const secret = join(world.dir, 'both.pem')
  writeFileSync(secret, device.chainPem + device.issued.keyPem)
  const refused = await landfall(['diagnose', '--chain', secret, ...at])
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('private key') })
})

test('where a webhook would choose the hub, that is told, and it is not asked', async () => {
  await using world = await startWorld()
  await using webhook = await startWebhook(json({ iotHubHostName: '127.0.0.1' }))
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'meters',
    attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: groupKey, secondaryKey: groupKey } },
    allocationPolicy: 'custom',
    customAllocationDefinition: { webhookUrl: webhook.url, apiVersion: '2021-10-01' },
  })
  const args = ['--data', world.dir, '--registration-id', 'meter-1', '--key', groupKey, '--derive']
  const { code, stdout } = await landfall(['diagnose', ...args])
  expect(code).toBe(0)
  expect(stdout).toContain('Its webhook would be asked for the hub of "meter-1"; diagnosing does not ask it.')
  expect(stdout).not.toContain('secret')
  expect(webhook.asked).toEqual([])
})

test('a key, a group key and a registration id alone', async () => {
  await using world = await startWorld()
  await withMeters(world)
  const ask = (...args: readonly string[]) => landfall(['diagnose', '--data', world.dir, ...args])
  const id = ['--registration-id', 'meter-1']
  expect(await ask(...id, '--key', groupKey, '--derive')).toMatchObject({ code: 0 })
  expect(await ask(...id, '--key', deriveDeviceKey(groupKey, 'meter-1'))).toMatchObject({ code: 0 })
  const mixed = await ask(...id, '--key', groupKey)
  expect(mixed).toMatchObject({ code: 3, stdout: expect.stringContaining('compute-device-key --group meters') })
  expect(mixed.stdout).not.toContain(groupKey)
  const twice = await ask(...id, '--key', deriveDeviceKey(groupKey, 'meter-1'), '--derive')
  expect(twice.stdout).toContain('derived from that of the enrollment group "meters" already')
  expect(await ask(...id)).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('which enrollment group lets it in, of 1, if any'),
  })
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'meter-1',
    attestation: attestation.symmetricKey(),
  })
  const presumed = await ask(...id)
  expect(presumed).toMatchObject({ code: 0 })
  expect(presumed.stdout).toContain('It demands a SAS token signed with its primary or secondary key.')
  expect(presumed.stdout).toContain('if its proof is good')
  const overruled = await ask(...id, '--key', groupKey, '--derive')
  expect(overruled.stdout).toContain('the device has an individual enrollment, which decides alone')
  for (const wrong of [[], ['--derive'], [...id, '--csv', 'x'], ['--csv', 'x', '--listen']])
    expect([wrong, (await ask(...wrong)).code]).toEqual([wrong, 2])
  expect(await ask('--key', 'short', ...id)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('16 to 64 bytes'),
  })
})

test('a table of devices becomes a summary by outcome and reason, or a line each in the order of the rows', async () => {
  await using world = await startWorld()
  const ca = await enrolledCa(world)
  await withMeters(world)
  const { certificate } = await ca.device('press-1')
  const rows = [
    'registrationId,chain,key,derive',
    `press-1,${certificate},,`,
    `"press-2",${certificate},,`,
    ',nowhere.pem,,',
    ...Array.from({ length: 60 }, (_, n) => `meter-${n},,${groupKey},true`),
    `meter-x,,${groupKey},`,
  ]
  const file = join(world.dir, 'devices.csv')
  writeFileSync(file, `${rows.join('\r\n')}\r\n`)
  const summary = await landfall(['diagnose', '--csv', file, '--data', world.dir])
  expect(summary.code).toBe(3)
  expect(summary.stdout).toMatch(/^assigned +- +61 +press-1$/m)
  expect(summary.stdout).toMatch(/^refused +id_mismatch +1 +press-2$/m)
  expect(summary.stdout).toMatch(/^refused +unknown_enrollment +1 +meter-x$/m)
  expect(summary.stdout).toMatch(/^error +- +1/m)
  expect(summary.stderr).toContain('Diagnosing 64/64')
  const { stdout } = await landfall(['diagnose', '--csv', file, '--json', '--data', world.dir])
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ row }) => row)).toEqual(Array.from({ length: 64 }, (_, n) => n + 1))
  expect(lines[2]).toMatchObject({ outcome: 'error', message: expect.stringContaining('nowhere.pem') })
  expect(lines[63]).toMatchObject({ registrationId: 'meter-x', outcome: 'refused', remedy: expect.any(String) })
  expect(await operator(world, 'GET', 'attempts?limit=200')).toEqual([])
})

test('a table without rows is no table; a column that nobody knows is said to be passed over', async () => {
  await using world = await startWorld()
  const file = join(world.dir, 'devices.csv')
  const diagnose = (text: string) => {
    writeFileSync(file, text)
    return landfall(['diagnose', '--csv', file, '--data', world.dir])
  }
  expect(await diagnose('garbage')).toMatchObject({ code: 2, stderr: expect.stringContaining('has no rows') })
  expect(await diagnose('name\nx')).toMatchObject({ code: 2, stderr: expect.stringContaining('none of the columns') })
  const { stdout, stderr } = await diagnose('registrationId,keyy,transport\npress-1,x,mqtt\n')
  expect(stderr).toContain('Passed over, as no column that is known: keyy\n')
  expect(stdout).toMatch(/^refused +credentials_missing +1 +press-1$/m)
})

async function startListening(world: World, ...args: readonly string[]) {
  const child = spawn(process.execPath, [mainPath, 'diagnose', '--listen', '--data', world.dir, ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    told += chunk
    if (told.includes('Ctrl-C')) break
  }
  const [, https, mqtt, amqp] = /WebSocket [\d.]+:(\d+), MQTT [\d.]+:(\d+), AMQP [\d.]+:(\d+)/.exec(told) ?? []
  return { child, https: Number(https), mqtt: Number(mqtt), amqp: Number(amqp) }
}

async function outputOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly text: string }> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let text = ''
  for await (const chunk of child.stdout?.setEncoding('utf8') ?? []) text += chunk
  return { code: await ended, text }
}

async function sdkDevice(
  world: World,
  ports: { https: number; mqtt: number; amqp: number },
  order: Partial<DeviceOrder>,
) {
  const whole = { host: world.host, idScope: world.connection.idScope, ...order }
  const script = join(import.meta.dirname, '../sdk/device-client.ts')
  const redirect = join(import.meta.dirname, '../sdk/redirect.cjs')
  const { stdout, stderr } = await run(world, process.execPath, ['--no-deprecation', script, JSON.stringify(whole)], {
    NODE_OPTIONS: `--require ${redirect}`,
    LANDFALL_TEST_PORTS: JSON.stringify({ 443: ports.https, 8883: ports.mqtt, 5671: ports.amqp }),
  })
  if (stdout === '') throw new Error(`the device said nothing but: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as DeviceOutcome
}

test.each([
  ['http', 'HTTPS'],
  ['mqtt', 'MQTT'],
  ['mqttWs', 'MQTT over WebSocket'],
  ['amqp', 'AMQP'],
  ['amqpWs', 'AMQP over WebSocket'],
] as const)(
  'a live device of the published SDK over %s is told about, and registers nowhere',
  async (transport, protocol) => {
    await using world = await startWorld()
    const ca = await enrolledCa(world)
    const { certificate, key } = await ca.device('press-1')
    const listener = await startListening(world, '--json', '--once')
    const output = outputOf(listener.child)
    const { error } = await sdkDevice(world, listener, { registrationId: 'press-1', transport, certificate, key })
    expect(JSON.stringify(error)).toMatch(/would do about the device .+press-1.+: assign it to/)
    const { code, text } = await output
    expect(code).toBe(0)
    const heard = JSON.parse(text)
    expect(heard).toMatchObject({
      wire: {
        protocol,
        remoteAddress: expect.stringContaining('127.0.0.1'),
        tlsVersion: expect.stringMatching(/^TLSv1\./),
      },
      registrationId: 'press-1',
      idScope: world.connection.idScope,
      certificates: 2,
      diagnosis: { outcome: 'assigned', chain: [{ from: 'sent' }, { from: 'sent' }, { from: 'anchor' }] },
    })
    if (transport === 'http') expect(heard.wire.request).toContain('/registrations/press-1/register')
    else if (transport.startsWith('mqtt'))
      expect(heard.wire.login).toMatchObject({ clientId: 'press-1', userName: expect.stringContaining('press-1') })
    else expect(heard.wire.login).toBeUndefined()
    expect(
      (await world.client.registrations.get('press-1').catch((refusal: Error) => refusal.message)) as string,
    ).toContain('no registration record')
    expect(await operator(world, 'GET', 'attempts?limit=10')).toEqual([])
  },
)

test('a live device that signs with its group’s key hears what to do, and the story shows no signature', async () => {
  await using world = await startWorld()
  await withMeters(world)
  const listener = await startListening(world, '--once')
  const output = outputOf(listener.child)
  const { error } = await sdkDevice(world, listener, {
    registrationId: 'meter-1',
    transport: 'mqtt',
    symmetricKey: groupKey,
  })
  expect(JSON.stringify(error)).toContain('compute-device-key --group meters')
  const { code, text } = await output
  expect(code).toBe(3)
  expect(text).toMatch(/client id +meter-1/)
  expect(text).toMatch(/SAS token +for ".+\/registrations\/meter-1", until 20/)
  expect(text).not.toContain('sig=')
  expect(text).toContain('Would be refused')
})

test('who does not trust the service, or dials a path or a scope that is none, is told about too', async () => {
  await using world = await startWorld()
  const { rootCaPath, idScope } = world.connection
  const rootPem = readFileSync(rootCaPath, 'utf8')
  const strangeRoot = (await makeTestCa(world, 'Strange')).root.pem
  const device = { host: '127.0.0.1', rootPem, idScope, registrationId: 'x' }
  const listener = await startListening(world, '--json')
  const output = outputOf(listener.child)
  const port = listener.https
  await expect(registerRaw({ ...device, port, rootPem: strangeRoot })).rejects.toThrow()
  expect((await send({ ...device, port }, 'PUT', '/nowhere')).status).toBe(404)
  const { body } = await registerRaw({ ...device, port, idScope: '0neFFFFFFFF' })
  expect(body).toMatchObject({ errorCode: 401002, message: expect.stringContaining(`ID scope`) })
  listener.child.kill('SIGINT')
  const { text } = await output
  const heard = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(heard).toMatchObject([
    { wire: { protocol: 'TLS' }, unread: expect.stringContaining(`Does the device trust ${rootCaPath}`) },
    { wire: { request: 'PUT /nowhere' }, unread: 'No device API is at this path.' },
    { idScope: '0neFFFFFFFF', diagnosis: { reason: 'unknown_id_scope' } },
  ])
  const taken = await landfall([
    'diagnose',
    '--listen',
    '--https-port',
    `${world.connection.ports.https}`,
    '--data',
    world.dir,
  ])
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('another program has it') })
})

test('no key that a question holds comes back or goes into the log', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-log-'))
  const ports = ['--https-port', '0', '--mqtt-port', '0', '--amqp-port', '0', '--management-port', '0']
  const service = spawn(process.execPath, [mainPath, 'serve', '--data', dir, '--log-level', 'debug', ...ports], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let logged = ''
  service.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    logged += chunk
  })
  service.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    logged += chunk
  })
  const ended = new Promise((resolve) => service.once('exit', resolve))
  await expect.poll(() => logged, { timeout: 60_000 }).toContain('Press Ctrl-C')
  const ask = (...args: readonly string[]) => landfall(['diagnose', '--data', dir, '--registration-id', 'x', ...args])
  const said = [
    await ask('--key', groupKey),
    await ask('--key', groupKey, '--derive'),
    await ask('--key', 'c2hvcnRlbmVk'),
    await ask('--sas-token', `SharedAccessSignature sr=x&sig=${encodeURIComponent(groupKey)}&se=1`),
  ]
  service.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true })
  expect(logged).toContain('/landfall/diagnose')
  for (const secret of [groupKey, encodeURIComponent(groupKey), deriveDeviceKey(groupKey, 'x'), 'c2hvcnRlbmVk'])
    expect(logged + JSON.stringify(said)).not.toContain(secret)
})
