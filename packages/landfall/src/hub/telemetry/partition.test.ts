import { expect, test } from 'vitest'
import type { DeviceId } from '../../ids.ts'
import { partitionOf } from './partition.ts'

// by ResolvePartitionIndex of azure-iot-sdk-c (testtools/iothub_test at c86b2d6), compiled and asked
test.each([
  ['pump-1', 2],
  ['Pump-1', 2],
  ['d', 0],
  ['sensor', 1],
  ['device-12ch', 2],
  ['123456789012', 2],
  ['1234567890123', 0],
  ['gateway-99', 1],
  ['C_e2e_d2c_3f2504e0-4f89-41d3-9a0c-0305e82c3301', 3],
  ['a:b.c+d%e_f#g*h?i!j(k),l=m@n;o$p', 0],
  ['x'.repeat(128), 3],
])('%s is in partition %i, where the C SDK looks for it', (deviceId, partition) => {
  expect(partitionOf(deviceId as DeviceId)).toBe(partition)
})

test('devices spread over all partitions', () => {
  const partitions = Array.from({ length: 10_000 }, (_, n) => partitionOf(`device-${n}` as DeviceId))
  for (const wanted of [0, 1, 2, 3]) expect(partitions.filter((one) => one === wanted).length).toBeGreaterThan(2000)
})
