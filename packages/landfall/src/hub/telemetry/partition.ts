/**
 * Which partition a device's messages stand in: always the same, so that they stay in order (contract/iot-hub 16.9). The rule is
 * the one that clients of the cloud work it out by, to read one partition alone: azure-iot-sdk-c and IoT Edge do in their tests.
 */
import type { DeviceId } from '../../ids.ts'
import { partitionsPerHub } from './event.ts'
import { lookup3 } from './lookup3.ts'

/** Each device has one of these, and each partition a range of them. */
const logicalPartitions = 0x7fff
/** The last range is shorter, as 4 does not divide their number. */
const rangeWidth = Math.ceil(logicalPartitions / partitionsPerHub)

/** Ids that differ in case alone share a partition. */
export function partitionOf(deviceId: DeviceId): number {
  const [first, second] = lookup3(deviceId.toUpperCase())
  const hash = ((first ^ second) << 16) >> 16 // 16 bits, with a sign
  return Math.floor(Math.abs(hash % logicalPartitions) / rangeWidth)
}
