/** kill -9 while devices send: every message that was acknowledged is there afterwards, once and in order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { partitionOf } from '../../src/hub/telemetry/partition.ts'
import type { DeviceId, HubName } from '../../src/ids.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { realSystem } from '../../src/system.ts'
import { connectDevice, makeDevice, type Reach, reachOf } from '../hub/rig.ts'
import { serve } from '../process.ts'
import { untilDeath } from './until-death.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-hub-kill-'))
}, 30_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const rounds = 3
const devices = 5

/** Number after number, on four lines; gives all that were acknowledged. */
async function send(reach: Reach, deviceId: string, told: () => void): Promise<readonly string[]> {
  const { client, gone } = await connectDevice(reach, { deviceId, deviceKey: await makeDevice(reach, deviceId) })
  const acknowledged: string[] = []
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  const line = async (name: number) => {
    for (let count = 0; !isGone; count++) {
      const text = `${name} ${count}`
      const sent = client.publishAsync(`devices/${deviceId}/messages/events/`, text, { qos: 1 })
      if (
        !(await Promise.race([
          sent.then(
            () => true,
            () => false,
          ),
          gone.then(() => false),
        ]))
      )
        return
      acknowledged.push(text)
      told()
    }
  }
  await Promise.all([0, 1, 2, 3].map(line))
  return acknowledged
}

async function kept(deviceId: string): Promise<readonly string[]> {
  await using store = await openSqlite({ path: join(dir, 'landfall.db'), ...realSystem() })
  const partition = partitionOf(deviceId as DeviceId)
  const events = await store.telemetry({ hub: 'localhost' as HubName, partition, after: -1, limit: 1e6, bytes: 1e9 })
  return events.filter((event) => event.deviceId === deviceId).map(({ body }) => Buffer.from(body).toString())
}

test('nothing that was acknowledged is lost', async () => {
  for (let round = 0; round < rounds; round++) {
    const service = await serve(dir)
    const reach = reachOf(service)
    const ids = Array.from({ length: devices }, (_, count) => `sender-${round}-${count}`)
    const senders = ids.map((id) => ({ id, ...untilDeath(50 * (round + 1), (told) => send(reach, id, told)) }))
    await Promise.all(senders.map(({ underWay }) => underWay))
    await service.end('SIGKILL')
    for (const { id, result } of senders) {
      const acknowledged = await result
      const there = await kept(id)
      expect(new Set(there).size).toBe(there.length)
      expect(acknowledged.filter((text) => !there.includes(text))).toEqual([])
      for (const line of [0, 1, 2, 3]) {
        const own = there.filter((text) => text.startsWith(`${line} `)).map((text) => Number(text.slice(2)))
        expect(own).toEqual(own.toSorted((a, b) => a - b))
      }
    }
  }
}, 60_000)
