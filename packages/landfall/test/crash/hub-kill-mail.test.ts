/** kill -9 while back ends command and devices settle: what was acknowledged is there, and what was completed never returns. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialAs, next } from '../hub/amqp-rig.ts'
import { askingByHttps, data, type Known } from '../hub/cut-rig.ts'
import { connectDevice, hub, makeDevice, type Reach, reachOf } from '../hub/rig.ts'
import { serve } from '../process.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-mail-kill-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function start() {
  const service = await serve(dir)
  return { service, reach: reachOf(service) }
}

/** Until the service is gone; gives the names of what it accepted. */
async function sendUntilDeath(reach: Reach, { deviceId }: Known): Promise<readonly string[]> {
  const back = await dialAs(reach)
  const sender = back.open_sender('/messages/devicebound')
  await next(sender, 'sendable')
  let told: (isIn: boolean | undefined) => void = () => {}
  sender.on('accepted', () => told(true))
  // fifty wait at most
  sender.on('rejected', () => told(false))
  back.on('disconnected', () => told(undefined))
  const accepted: string[] = []
  for (let count = 0; ; count++) {
    const name = `${deviceId} ${count}`
    const outcome = new Promise<boolean | undefined>((resolve) => {
      told = resolve
    })
    sender.send({ to: `/devices/${deviceId}/messages/devicebound`, message_id: name, body: data(name) } as never)
    const isIn = await outcome
    if (isIn === undefined) return accepted
    if (isIn) accepted.push(name)
  }
}

/** Takes one after the other; gives those whose completion was answered, and the one that may or may not be. */
async function completeUntilDeath(reach: Reach, device: Known) {
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

/** Desired by a back end and reported by the device, number after number; gives the last that each was told is in. */
async function countUntilDeath(reach: Reach, device: Known): Promise<{ desired: number; reported: number }> {
  const { client, hears, gone } = await connectDevice(reach, device)
  await client.subscribeAsync('$iothub/twin/res/#')
  const last = { desired: 0, reported: 0 }
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  const desire = async () => {
    for (let count = 1; !isGone; count++) {
      const answer = await hub(reach, `PATCH /twins/${device.deviceId}`, { properties: { desired: { count } } }).catch(
        () => undefined,
      )
      if (answer?.status === 200) last.desired = count
    }
  }
  const report = async () => {
    for (let count = 1; !isGone; count++) {
      client.publish(`$iothub/twin/PATCH/properties/reported/?$rid=r${count}x`, JSON.stringify({ count }))
      if (await hears(new RegExp(`res/204/.*rid=r${count}x`)).catch(() => undefined)) last.reported = count
    }
  }
  await Promise.all([desire(), report()])
  return last
}

test('nothing that was accepted is lost, nothing that was completed returns, and twins stand where they were told', async () => {
  for (let round = 0; round < 3; round++) {
    const { service, reach } = await start()
    const known = async (deviceId: string) => ({ deviceId, deviceKey: await makeDevice(reach, deviceId) })
    const mailed = await Promise.all([0, 1, 2].map((count) => known(`mailed-${round}-${count}`)))
    const counting = await known(`counting-${round}`)
    const mail = mailed.map((device) => ({
      device,
      sent: sendUntilDeath(reach, device),
      done: completeUntilDeath(reach, device),
    }))
    const counted = countUntilDeath(reach, counting)
    await wait(900 + round * 200)
    await service.end('SIGKILL')

    const after = await start()
    for (const { device, sent, done } of mail) {
      const [accepted, { completed, inDoubt }] = [await sent, await done]
      const left = await allOf(after.reach, device)
      expect(completed.length).toBeGreaterThan(0)
      expect(new Set(completed).size).toBe(completed.length)
      expect(new Set(left).size).toBe(left.length)
      expect(left.filter((name) => completed.includes(name))).toEqual([])
      const found = new Set([...completed, ...left, inDoubt])
      expect(accepted.filter((name) => !found.has(name))).toEqual([])
    }
    const { desired, reported } = (await hub(after.reach, `GET /twins/${counting.deviceId}`)).body.properties
    const last = await counted
    expect(last.desired * last.reported).toBeGreaterThan(0)
    // one more may be in whose answer was lost
    expect([last.desired, last.desired + 1]).toContain(desired.count)
    expect([last.reported, last.reported + 1]).toContain(reported.count)
    expect([desired.$version, reported.$version]).toEqual([desired.count + 1, reported.count + 1])
    await after.service.end('SIGTERM')
  }
}, 60_000)
