import { expect, test } from 'vitest'
import type { DeviceId } from '../../ids.ts'
import { partitionOf } from './partition.ts'

test('a device stays in the partition that stored logs have it in', () => {
  const ids = ['pump-1', 'pump-2', 'Pump-1', 'ä'] as DeviceId[]
  expect(ids.map(partitionOf)).toEqual([1, 0, 1, 3])
})

test('devices spread over all partitions', () => {
  const partitions = Array.from({ length: 10_000 }, (_, n) => partitionOf(`device-${n}` as DeviceId))
  for (const wanted of [0, 1, 2, 3]) expect(partitions.filter((one) => one === wanted).length).toBeGreaterThan(2000)
})
