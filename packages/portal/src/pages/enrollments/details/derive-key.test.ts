import { expect, test } from 'vitest'
import { deriveDeviceKey } from './derive-key.ts'

// by openssl dgst -sha256 -mac HMAC
test('the key of a device is the HMAC of its registration id, letter case included', async () => {
  const groupKey = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')
  const lower = await deriveDeviceKey(groupKey, 'pump-12')
  expect(lower).toBe('YA9koB/8NexWIIiU0akuRQxSvl90E2cwSSG60VrtdDk=')
  expect(await deriveDeviceKey(groupKey, 'Pump-12')).not.toBe(lower)
})
