/** Which device a token on an AMQP connection is for, and what the device shows when it comes (contract/iot-hub 11.2). */
import { makeTrackingId } from '../../ids.ts'
import type { AmqpPeer } from '../../protocol/amqp-service.ts'
import { readToken } from '../../sas/token.ts'
import type { Random } from '../../system.ts'
import type { Knock } from '../device/session.ts'

export interface DeviceName {
  readonly deviceId: string
  readonly moduleId?: string
}

export const keyOf = ({ deviceId, moduleId }: DeviceName) => JSON.stringify([deviceId, moduleId])

/** Undefined: it is not for one device. */
export function deviceOfToken(text: string): DeviceName | undefined {
  const reading = readToken(text)
  if ('malformed' in reading) return
  // clients encode the id once more within the resource
  return deviceIn(decoded(reading.token.resource).replace(/^[a-z]+:\/\//i, ''))
}

function deviceIn(resource: string): DeviceName | undefined {
  const [, deviceId, moduleId] = /^[^/]*\/devices\/([^/]+)(?:\/modules\/([^/]+))?/i.exec(resource) ?? []
  return deviceId === undefined ? undefined : { deviceId, ...(moduleId !== undefined && { moduleId }) }
}

export interface DeviceAddress extends DeviceName {
  /** "messages/events", in lower case */
  readonly node: string
}

/** contract/iot-hub 11.5 */
export function readDeviceAddress(address: string): DeviceAddress | undefined {
  const [, deviceId, moduleId, node] = /^devices\/([^/]+)(?:\/modules\/([^/]+))?\/(.+)$/i.exec(address) ?? []
  if (deviceId === undefined || node === undefined) return
  const name = { deviceId: decoded(deviceId), ...(moduleId !== undefined && { moduleId: decoded(moduleId) }) }
  return { ...name, node: node.toLowerCase() }
}

export function knockOf(
  peer: AmqpPeer,
  random: Random,
  { deviceId, moduleId }: DeviceName,
  more: { readonly sasToken: string | undefined; readonly modelId?: string },
): Knock {
  return {
    host: peer.host,
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    ...more,
    certificates: peer.certificates,
    moreCertificates: (known) => peer.moreCertificates(known),
    vouchForCertificates: () => peer.vouchForCertificates(),
    transport: peer.transport,
    remoteAddress: peer.remoteAddress,
    trackingId: makeTrackingId(random),
  }
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
