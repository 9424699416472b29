/** Which partition a device's messages stand in: always the same, so that they stay in order (contract/iot-hub 16.9). */
import type { DeviceId } from '../../ids.ts'
import { partitionsPerHub } from './event.ts'

/** FNV-1a of 32 bits: the same on every machine and in every version, since a stored log depends on it. */
export function partitionOf(deviceId: DeviceId): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < deviceId.length; at++) hash = Math.imul(hash ^ deviceId.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % partitionsPerHub
}
