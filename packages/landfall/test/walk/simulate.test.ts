/** `landfall simulate` as people run it: fifty devices against a whole service. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { attestation } from 'landfall-client'
import { expect, test, vi } from 'vitest'
import { enrolledCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { environment, landfall, landfallJson, mainPath } from './landfall.ts'

// a fleet comes back when it comes back, on a machine that may be busy
vi.setConfig({ testTimeout: 120_000 })

interface Line {
  readonly up: number
  readonly registered: number
  readonly sent: number
  readonly twins: number
  readonly methods: number
  readonly reconnects: number
  readonly p99Ms?: number
  readonly final?: boolean
  readonly errors: Readonly<Record<string, number>>
}

function simulating(world: World, ...args: readonly string[]) {
  const all = [mainPath, 'simulate', '--data', world.dir, '--json', ...args]
  const child = spawn(process.execPath, all, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function until(holds: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error('the fleet ended before')
      const line = JSON.parse(value) as Line
      if (holds(line)) return line
    }
  }
  return { child, ended, until }
}

test('fifty devices register by all transports, live on their hub, answer, come back after a restart, and end at Ctrl-C', async () => {
  await using world = await startWorld()
  const fleet = simulating(world, '--devices', '50', '--rate', '2')
  const busy = await fleet.until(({ up, sent, twins }) => up === 50 && sent > 100 && twins === 50)
  expect(busy).toMatchObject({ registered: 50, reconnects: 0, errors: {} })
  expect(busy.p99Ms).toBeGreaterThan(0)
  const attempts = await landfallJson(['registration', 'list', '--group', 'simulate', '--data', world.dir])
  expect(attempts).toHaveLength(50)

  const method = ['hub', 'method', 'simulate-0003', 'blink', '--data', world.dir]
  expect(await landfallJson(method)).toEqual({ status: 200, payload: { name: 'blink', deviceId: 'simulate-0003' } })
  await fleet.until(({ methods }) => methods === 1)

  await world.restart()
  const back = await fleet.until(({ up, reconnects }) => up === 50 && reconnects >= 50)
  expect(Object.values(back.errors).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(50)

  fleet.child.kill('SIGINT')
  expect(await fleet.until(({ final }) => final === true)).toMatchObject({ everUp: 50, methods: 1 })
  expect(await fleet.ended).toBe(0)
})

test('a device that was deleted on its hub registers again, and is back', async () => {
  await using world = await startWorld()
  const fleet = simulating(world, '--devices', '1', '--rate', '0', '--transports', 'mqtt-ws')
  await fleet.until(({ up }) => up === 1)
  const path = `/landfall/hubs/${world.host}/devices/simulate-0001`
  await world.client.request({ method: 'DELETE', path })
  const { errors } = await fleet.until(({ reconnects, up }) => reconnects === 1 && up === 1)
  expect(errors).toMatchObject({ 'the hub refused the connection (5)': expect.any(Number) })
  fleet.child.kill('SIGINT')
  expect(await fleet.ended).toBe(0)
})

test('devices of a CA and devices of a key register, and that is all with --register-only', async () => {
  await using world = await startWorld()
  const data = ['--data', world.dir, '--register-only', '--devices', '4']
  const key = (
    await world.client.enrollmentGroups.createOrUpdate({
      enrollmentGroupId: 'keys',
      attestation: attestation.symmetricKey(),
    })
  ).attestation.symmetricKey?.primaryKey
  const byKey = await landfall(['simulate', ...data, '--group', 'keys', '--key', String(key)])
  expect(byKey).toMatchObject({ code: 0, stdout: expect.stringContaining('4 of 4 devices registered, 0 were up') })

  const { dir } = world
  const ca = await enrolledCa(world, 'line-7')
  writeFileSync(join(dir, 'Line-7.cert.pem'), ca.intermediate.pem)
  writeFileSync(join(dir, 'Line-7.key.pem'), ca.intermediate.keyPem)
  const byCa = await landfall(['simulate', ...data, '--group', 'line-7', '--ca', 'Line-7', '--out', dir])
  expect(byCa).toMatchObject({ code: 0, stdout: expect.stringContaining('4 of 4 devices registered') })

  const wrong = await landfall(['simulate', ...data, '--group', 'keys', '--key', Buffer.alloc(32).toString('base64')])
  expect(wrong).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/0 of 4 devices registered.*\n +✗ 4 × registration refused: code 401\d+/),
  })
  const noCa = await landfall(['simulate', ...data, '--group', 'line-7'])
  expect(noCa).toMatchObject({ code: 2, stderr: expect.stringContaining('--ca') })
})

test.each([
  ['--devices', '0'],
  ['--rate', 'often'],
  ['--duration', 'long'],
  ['--transports', 'amqp'],
  ['--key', 'AAAA'],
])('simulate %s %s is wrong usage', async (option, value) => {
  await using world = await startWorld()
  const { code, stderr } = await landfall(['simulate', '--data', world.dir, option, value])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/--(devices|rate|duration|transports|group)/),
  })
})
