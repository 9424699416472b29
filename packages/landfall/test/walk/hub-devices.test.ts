/** What people ask of devices on a hub from the command line, with a device that is really there. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Json } from '../../src/json.ts'
import { HubConnection } from '../../src/simulate/hub-connection.ts'
import { register } from '../../src/simulate/simulated-device.ts'
import { realTimers as timers } from '../../src/system.ts'
import { enrolledCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { environment, landfall, landfallJson, mainPath } from './landfall.ts'

async function landedDevice(world: World, onCloudMessage: (body: Uint8Array) => void = () => {}) {
  const ca = await enrolledCa(world)
  const { issued, chainPem } = await ca.device('pump-1')
  const device = { registrationId: 'pump-1', chain: chainPem, key: issued.keyPem }
  const { ports, idScope, rootCaPath } = world.connection
  const reach = { host: world.host, httpsPort: ports.https, mqttPort: ports.mqtt, ca: readFileSync(rootCaPath, 'utf8') }
  const means = { timers, clock: world.clock, stopwatch: () => performance.now() }
  const outcome = await register(device, { ...reach, idScope }, 'mqtt', means)
  if (outcome.status !== 'assigned') throw new Error(outcome.message)
  const onMethod = (name: string, payload: Json) => ({ status: 200, payload: { name, payload } })
  return await HubConnection.open({ device, ...outcome, reach, transport: 'mqtt', onMethod, onCloudMessage }, means)
}

test('hub monitor shows what devices send, as it comes, harmless to a terminal', async () => {
  await using world = await startWorld()
  const device = await landedDevice(world)
  await device.sendTelemetry({ before: true })
  const args = ['hub', 'monitor', '--data', world.dir, '--from-start', '--count', '2']
  const watching = spawn(process.execPath, [mainPath, ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => watching.once('exit', resolve))
  let shown = ''
  for await (const chunk of watching.stdout.setEncoding('utf8')) {
    if (shown === '') await device.sendTelemetry({ text: '\u001b[31m\nred\u202e' })
    shown += chunk
  }
  expect(await ended).toBe(0)
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}/gm
  expect(shown.replace(time, '')).toBe('pump-1  {"before":true}\npump-1  {"text":"\\u001b[31m\\nred\ufffd"}\n')

  const json = await landfall([...args, '--json', '--device', 'pump-1'])
  expect(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { deviceId: 'pump-1', body: '{"before":true}', system: { contentType: 'application/json' } },
    { deviceId: 'pump-1', sequence: 1 },
  ])
  await device.close()
})

test('hub method calls a device that is there; hub twin and hub send reach it too', async () => {
  await using world = await startWorld()
  const received: string[] = []
  const device = await landedDevice(world, (body) => void received.push(String(body)))
  await device.report({ firmware: '1.2.3' })
  const at = ['--data', world.dir]
  expect(await landfallJson(['hub', 'method', 'pump-1', 'reboot', '{"after":5}', ...at])).toEqual({
    status: 200,
    payload: { name: 'reboot', payload: { after: 5 } },
  })
  expect((await landfall(['hub', 'method', 'pump-1', 'say', 'a word', ...at])).stdout).toBe(
    '200  {"name":"say","payload":"a word"}\n',
  )
  expect(await landfallJson(['hub', 'twin', 'pump-1', ...at])).toMatchObject({
    connectionState: 'Connected',
    properties: { reported: { firmware: '1.2.3' } },
  })
  expect(await landfall(['hub', 'send', 'pump-1', 'hello', '--property', 'urgent=yes', ...at])).toMatchObject({
    code: 0,
  })
  await expect.poll(() => received).toEqual(['hello'])
  await device.close()
  const away = await landfall(['hub', 'method', 'pump-1', 'reboot', ...at])
  expect(away).toMatchObject({ code: 3, stderr: expect.stringContaining('is not connected') })
})

test('who told a device what is in the audit log, before it is answered, and without what went along', async () => {
  await using world = await startWorld()
  const at = ['--data', world.dir]
  const device = await landedDevice(world)
  await landfall(['hub', 'method', 'pump-1', 'unlock', '{"pin":"4711-secret"}', ...at])
  await landfall(['hub', 'send', 'pump-1', '4712-secret', '--property', 'token=4713-secret', ...at])
  await device.close()
  expect((await landfall(['hub', 'method', 'pump-1', 'reboot', ...at])).code).toBe(3)
  await landfall(['hub', 'method', 'nobody', 'reboot', ...at])
  const { stdout } = await landfall(['audit', '--kind', 'device', '--id', 'pump-1', ...at])
  const told = [...stdout.matchAll(/told device "pump-1" on \S+\n {4}by policy provisioningserviceowner .*\n {4}(.*)/g)]
  expect(told.map(([, what]) => what)).toEqual([
    '+ method: "reboot"',
    expect.stringMatching(/^\+ messageId: /),
    '+ method: "unlock"',
  ])
  expect(stdout).not.toContain('secret')
  expect((await landfall(['audit', '--id', 'nobody', ...at])).stdout).not.toContain('told')
})

test.each([
  [['monitor', '--since', '1h', '--from-start'], 2, '--from-start'],
  [['monitor', '--count', 'many'], 2, '--count'],
  [['monitor', 'elsewhere.example'], 3, 'no linked hub'],
  [['twin', 'nobody'], 3, 'no device "nobody"'],
  [['send', 'nobody', 'hello', '--property', 'urgent'], 2, 'NAME=VALUE'],
] as const)('hub %j ends with %i and says why', async (args, code, why) => {
  await using world = await startWorld()
  expect(await landfall(['hub', ...args, '--data', world.dir])).toMatchObject({
    code,
    stderr: expect.stringContaining(why),
  })
})
