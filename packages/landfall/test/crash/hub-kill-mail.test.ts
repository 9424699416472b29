/** kill -9 while back ends command and devices settle: what was acknowledged is there, and what was completed never returns. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialAs, next } from '../hub/amqp-rig.ts'
import { askingByHttps, data, type Known } from '../hub/cut-rig.ts'
import { connectDevice, hub, makeDevice, makeModule, type Reach, reachOf } from '../hub/rig.ts'
import { serve } from '../process.ts'
import { untilDeath } from './until-death.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-mail-kill-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function start() {
  const service = await serve(dir)
  return { service, reach: reachOf(service) }
}

/** Gives the names of what was accepted. */
async function send(reach: Reach, path: string, told: () => void): Promise<readonly string[]> {
  const back = await dialAs(reach)
  const sender = back.open_sender('/messages/devicebound')
  await next(sender, 'sendable')
  let settled: (isIn: boolean | undefined) => void = () => {}
  sender.on('accepted', () => settled(true))
  // fifty wait at most
  sender.on('rejected', () => settled(false))
  back.on('disconnected', () => settled(undefined))
  const accepted: string[] = []
  for (let count = 0; ; count++) {
    const name = `${path} ${count}`
    const outcome = new Promise<boolean | undefined>((resolve) => {
      settled = resolve
    })
    sender.send({ to: `/devices/${path}/messages/devicebound`, message_id: name, body: data(name) } as never)
    const isIn = await outcome
    if (isIn === undefined) return accepted
    if (!isIn) continue
    accepted.push(name)
    told()
  }
}

/** Takes one after the other; gives those whose completion was answered, and the one that may or may not be. */
async function complete(reach: Reach, device: Known, told: () => void) {
  const { ask } = askingByHttps(reach, device)
  const completed: string[] = []
  for (;;) {
    const got = await ask('GET messages/devicebound')
    if (got === undefined) return { completed, inDoubt: undefined }
    if (got.status !== 200) continue
    const settled = await ask(`DELETE messages/devicebound/${got.etag}`)
    if (settled === undefined) return { completed, inDoubt: got.body }
    expect(settled.status).toBe(204)
    completed.push(got.body)
    told()
  }
}

async function allOf(reach: Reach, device: Known): Promise<readonly string[]> {
  const { ask, close } = askingByHttps(reach, device)
  const left: string[] = []
  for (;;) {
    const got = await ask('GET messages/devicebound')
    if (got?.status !== 200) break
    left.push(got.body)
    await ask(`DELETE messages/devicebound/${got.etag}`)
  }
  close()
  return left
}

/** Number after number, by a back end; gives the last that it was told is in. */
async function desire(reach: Reach, { deviceId }: Known, told: () => void): Promise<number> {
  for (let count = 1; ; count++) {
    const change = { properties: { desired: { count } } }
    const answer = await hub(reach, `PATCH /twins/${deviceId}`, change).catch(() => undefined)
    if (answer === undefined) return count - 1
    expect(answer.status).toBe(200)
    told()
  }
}

/** The same, by the device. */
async function report(reach: Reach, device: Known, told: () => void): Promise<number> {
  const { client, hears } = await connectDevice(reach, device)
  await client.subscribeAsync('$iothub/twin/res/#')
  for (let count = 1; ; count++) {
    client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=r${count}x`, JSON.stringify({ count }))
    const answer = await hears(new RegExp(`res/204/.*rid=r${count}x`)).catch(() => undefined)
    if (answer === undefined) return count - 1
    told()
  }
}

test('nothing that was accepted is lost, nothing that was completed returns, and twins stand where they were told', async () => {
  for (let round = 0; round < 3; round++) {
    const { service, reach } = await start()
    const known = async (deviceId: string) => ({ deviceId, deviceKey: await makeDevice(reach, deviceId) })
    const mailed = await Promise.all([0, 1, 2].map((count) => known(`mailed-${round}-${count}`)))
    const counting = await known(`counting-${round}`)
    const enough = 20 * (round + 1)
    const mail = mailed.map((device) => ({
      device,
      sent: untilDeath(enough, (told) => send(reach, device.deviceId, told)),
      done: untilDeath(enough, (told) => complete(reach, device, told)),
    }))
    const desiring = untilDeath(enough, (told) => desire(reach, counting, told))
    const reporting = untilDeath(enough, (told) => report(reach, counting, told))
    const all = [...mail.flatMap(({ sent, done }) => [sent, done]), desiring, reporting]
    await Promise.all(all.map(({ underWay }) => underWay))
    await service.end('SIGKILL')

    const after = await start()
    for (const { device, sent, done } of mail) {
      const [accepted, { completed, inDoubt }] = [await sent.result, await done.result]
      const left = await allOf(after.reach, device)
      expect(new Set(completed).size).toBe(completed.length)
      expect(new Set(left).size).toBe(left.length)
      expect(left.filter((name) => completed.includes(name))).toEqual([])
      const found = new Set([...completed, ...left, inDoubt])
      expect(accepted.filter((name) => !found.has(name))).toEqual([])
    }
    const { desired, reported } = (await hub(after.reach, `GET /twins/${counting.deviceId}`)).body.properties
    // one more may be in whose answer was lost
    for (const [last, { count }] of [
      [await desiring.result, desired],
      [await reporting.result, reported],
    ] as const)
      expect([last, last + 1]).toContain(count)
    expect([desired.$version, reported.$version]).toEqual([desired.count + 1, reported.count + 1])
    await after.service.end('SIGTERM')
  }
}, 60_000)

test('nothing that was accepted for a module is lost, and it comes once and in order', async () => {
  const { service, reach } = await start()
  await makeDevice(reach, 'carrier')
  const order = { deviceId: 'carrier', moduleId: 'm', deviceKey: await makeModule(reach, 'carrier', 'm') }
  const sent = untilDeath(30, (told) => send(reach, 'carrier/modules/m', told))
  await sent.underWay
  await service.end('SIGKILL')
  const accepted = await sent.result

  const after = await start()
  const { client, heard } = await connectDevice(after.reach, order)
  await client.subscribeAsync('devices/carrier/modules/m/messages/devicebound/#', { qos: 1 })
  const waiting = async () => (await hub(after.reach, 'GET /devices/carrier/modules/m')).body.cloudToDeviceMessageCount
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  // one more may be in whose answer was lost
  expect(heard.map(({ payload }) => payload).slice(0, accepted.length)).toEqual(accepted)
  expect(heard.length - accepted.length).toBeLessThan(2)
  await client.endAsync()
  await after.service.end('SIGTERM')
}, 60_000)
