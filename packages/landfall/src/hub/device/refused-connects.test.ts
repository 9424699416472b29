import { expect, test } from 'vitest'
import { makeTrackingId } from '../../ids.ts'
import { openSqlite } from '../../store/sqlite/open.ts'
import { realRandom as random, realTimers as timers } from '../../system.ts'
import { HubRefusal } from '../refusal.ts'
import { makeRefusedConnects } from './refused-connects.ts'

const knock = (deviceId: string) => ({
  host: 'hub.example:8883',
  deviceId,
  sasToken: 'SharedAccessSignature sr=x',
  certificates: [],
  transport: 'mqtt' as const,
  remoteAddress: '::1',
  trackingId: makeTrackingId(random),
})
const disabled = new HubRefusal('DeviceDisabled', 'The device "Pump" is disabled.')

test('every refusal is known by its tracking id, and a device that tries for ever is stored once in ten minutes', async () => {
  const clock = { at: Date.parse('2030-01-01T02:00:00Z'), now: () => clock.at }
  await using store = await openSqlite({ path: ':memory:', clock, timers })
  const refused = makeRefusedConnects({ store, clock })
  const knocks = Array.from({ length: 60 }, () => knock('Pump'))
  for (const one of knocks) {
    refused.note(one, disabled)
    clock.at += 15_000
  }
  refused.note(knock('Pump'), new HubRefusal('IotHubUnauthorized', 'Another reason.'))
  refused.note(knock('Valve'), disabled)
  const stored = await store.attempts({ key: 'pump' as never, limit: 100 })
  expect(stored.map(({ hubCode }) => hubCode)).toEqual(['IotHubUnauthorized', 'DeviceDisabled', 'DeviceDisabled'])
  for (const { trackingId } of knocks)
    expect(refused.find(trackingId)).toMatchObject({
      hub: 'hub.example',
      deviceId: 'Pump',
      errorCode: 403012,
      trail: [{ says: 'It came to the hub "hub.example" as the device "Pump", with a SAS token.' }, { ok: false }],
    })
})
