/** kill -9 while a device is connected that, as Python's SDK, never subscribes anew: it hears what it subscribed to all the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectDevice, hub, makeDevice, reachOf } from '../hub/rig.ts'
import { serve } from '../process.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-subscriptions-kill-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function start() {
  const service = await serve(dir)
  return { reach: reachOf(service), end: service.end }
}

const filters = ['$iothub/methods/POST/#', '$iothub/twin/PATCH/properties/desired/#', '$iothub/twin/res/#'] as const
const patch = { properties: { desired: { rate: 7 } } }

test('subscriptions of a lasting session survive, those that were taken back and of a clean session do not', async () => {
  const before = await start()
  const order = { deviceId: 'faithful', deviceKey: await makeDevice(before.reach, 'faithful'), clean: false }
  const first = await connectDevice(before.reach, order)
  await first.client.subscribeAsync([...filters])
  await first.client.unsubscribeAsync(filters[0])
  await before.end('SIGKILL')

  const after = await start()
  const second = await connectDevice(after.reach, { ...order, resubscribe: false })
  expect(second.sessionPresent).toBe(true)
  await hub(after.reach, 'PATCH /twins/faithful', patch)
  expect((await second.hears(/desired/)).payload).toBe('{"rate":7,"$version":2}')
  second.client.publish('$iothub/twin/GET/?$rid=1', ' ')
  expect((await second.hears(/twin\/res\/200/)).topic).toContain('$rid=1')
  expect((await hub(after.reach, 'POST /twins/faithful/methods', { methodName: 'blink' })).status).toBe(404)
  await second.client.endAsync()
  await (await connectDevice(after.reach, { ...order, clean: true })).client.endAsync()
  await after.end('SIGKILL')

  const last = await start()
  const third = await connectDevice(last.reach, order)
  expect(third.sessionPresent).toBe(false)
  await third.client.endAsync()
  await last.end('SIGTERM')
}, 30_000)
