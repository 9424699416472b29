import { expect, test } from 'vitest'
import { backOffMs } from './back-off.ts'

const always = (byte: number) => ({ bytes: (count: number) => new Uint8Array(count).fill(byte), uuid: () => '' })

test.each([
  [1, 500, 1000],
  [2, 1000, 2000],
  [5, 8000, 16_000],
  [6, 15_000, 30_000],
  [1000, 15_000, 30_000],
])('after %i failures in a row a device waits %i to %i ms', (failures, least, most) => {
  expect([backOffMs(failures, always(0)), backOffMs(failures, always(255))]).toEqual([least, most])
})
