import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { afterAll, expect, test, vi } from 'vitest'
import { readConnectionFile } from '../../src/connection-file.ts'
import { startWorld } from '../world.ts'
import { environment, landfall, landfallJson, mainPath } from './landfall.ts'

const dirs: string[] = []
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
})

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-quickstart-'))
  dirs.push(dir)
  return dir
}

// whole programs, one after the other, on a machine that may be busy
vi.setConfig({ testTimeout: 180_000 })

const freePorts = ['--https-port', '0', '--mqtt-port', '0', '--amqp-port', '0', '--management-port', '0']

test('quickstart ends with every device on the hub and heard there, by both transports, and --cleanup leaves nothing', async () => {
  const dir = newDir()
  const walk = ['quickstart', '--data', dir, ...freePorts]
  const result = await landfallJson([...walk, '--devices', '6', '--exit'])
  const device = { status: 'assigned', enrollment: 'quickstart', hub: 'localhost', ms: expect.any(Number) }
  expect(result).toMatchObject({
    devices: 6,
    assigned: 6,
    hubs: { localhost: 6 },
    landing: {
      wanted: 6,
      connected: 6,
      failed: [],
      twins: 6,
      sent: 18,
      stored: 18,
      method: { deviceId: 'quickstart-0001', name: 'blink', status: 200, payload: { blinked: 3 } },
    },
    results: ['https', 'mqtt', 'https', 'mqtt', 'https', 'mqtt'].map((transport, index) => ({
      registrationId: `quickstart-000${index + 1}`,
      transport,
      ...device,
    })),
  })
  expect(existsSync(join(dir, 'quickstart', 'quickstart-0006.fullchain.pem'))).toBe(true)
  expect(await landfallJson([...walk, '--cleanup'])).toEqual({
    registrations: 6,
    hubDevices: 6,
    enrollmentGroup: true,
    caCertificate: true,
  })
  expect(existsSync(join(dir, 'quickstart'))).toBe(false)
  expect(await landfallJson([...walk, '--cleanup'])).toEqual({
    registrations: 0,
    hubDevices: 0,
    enrollmentGroup: false,
    caCertificate: false,
  })
})

test('quickstart tells its story, keeps the service running until it is stopped, and a second one uses it', async () => {
  const dir = newDir()
  const first = spawn(process.execPath, [mainPath, 'quickstart', '--data', dir, '--devices', '2', ...freePorts], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => first.once('exit', resolve))
  let told = ''
  for await (const chunk of first.stdout.setEncoding('utf8')) {
    told += chunk
    if (told.includes('Press Ctrl-C')) break
  }
  expect(told).toMatch(/^Initiating enrollment group creation\.\.\.\nEnrollment group created\.$/m)
  expect(told).toMatch(/^quickstart-0002 +quickstart +MQTT +localhost +\d+\.\d$/m)
  expect(told).toMatch(/^✓ Connected +2 of 2 devices to their hub over MQTT/m)
  expect(told).toMatch(/^✓ Twins +quickstart-0001 read its twin .+ reported \{"firmware":"1.0.0"\}$/m)
  expect(told).toMatch(/^ {2}\S+Z {2}quickstart-000\d {2}\{"temperature":[\d.]+,"count":1\}$/m)
  expect(told).toMatch(/^✓ Method +quickstart-0001 answered "blink" in [\d.]+ ms: 200 \{"blinked":3\}$/m)
  expect(told).toMatch(/^✓ Landed +6 messages sent, 6 stored; a method call answered$/m)
  expect(told).toContain('What to try next')
  expect(told).toMatch(
    /browser, at https:\/\/localhost:\d+\/portal\/; this prints a link that signs you in\n +landfall portal /,
  )

  // the devices go on for as long as the service does
  const monitor = ['hub', 'monitor', '--device', 'quickstart-0002', '--count', '1', '--data', dir]
  expect(await landfallJson(monitor)).toMatchObject({ deviceId: 'quickstart-0002', properties: {} })

  const second = await landfall(['quickstart', '--data', dir, '--devices', '2', ...freePorts])
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('already running') })
  const { stdout } = await landfall(['explain', '--registration-id', 'quickstart-0001', '--data', dir])
  expect(stdout).toContain('Assigned to localhost')

  first.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(readConnectionFile(dir)).toBeUndefined()
})

test('a device that is refused makes quickstart fail, with the sentence and the way to its story', async () => {
  await using world = await startWorld()
  // this one must show a key, not a certificate
  const enrollment = { registrationId: 'quickstart-0001', attestation: attestation.symmetricKey() }
  await world.client.individualEnrollments.createOrUpdate(enrollment)
  const { code, stdout } = await landfall(['quickstart', '--data', world.dir, '--devices', '2', '--exit'])
  expect(code).toBe(1)
  expect(stdout).toContain('1 of 2 devices')
  expect(stdout).toMatch(/^✓ Landed +3 messages sent, 3 stored; a method call answered$/m)
  expect(stdout).toMatch(/✗ quickstart-0001 over HTTPS: The individual enrollment "quickstart-0001" expects .+\./)
  const [, trackingId = ''] = /landfall explain ([0-9a-f-]{36})/.exec(stdout) ?? []
  const story = await landfall(['explain', trackingId, '--data', world.dir])
  expect(story.stdout).toContain('wrong_attestation')
})

test.each([
  ['--devices', 'many'],
  ['--devices', '0'],
  ['--https-port', '70000'],
  ['--no-such-option', 'x'],
])('quickstart %s %s is wrong usage', async (option, value) => {
  const { code, stderr } = await landfall(['quickstart', '--data', newDir(), option, value])
  expect(code).toBe(2)
  expect(stderr).toContain(option)
})
