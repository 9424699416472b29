/**
 * A device that looks after its own modules, by its key or certificate and without a policy: so does IoT Edge, and so do the
 * tests of azure-iot-sdk-c. It reaches those of no other device, and nothing else of the service API.
 */
import type { FastifyRequest } from 'fastify'
import type { TrackingId } from '../../ids.ts'
import { ownCertificate } from '../../protocol/client-certificates.ts'
import { readToken } from '../../sas/token.ts'
import type { Admission, DeviceHub } from '../device/session.ts'
import { knockOf } from '../https/knock.ts'
import { HubRefusal } from '../refusal.ts'

/** Whether it is a device that asks: its token names no policy, or it has none but a certificate in TLS. */
export function isByDevice({ headers: { authorization }, raw }: FastifyRequest): boolean {
  if (!authorization) return ownCertificate(raw.socket).length > 0
  const reading = readToken(authorization)
  return 'token' in reading && reading.token.policyName === undefined
}

/** Proves to be the device that the path names, as one that connects does. */
export async function requireOwner(
  devices: Pick<DeviceHub, 'admit'>,
  request: FastifyRequest,
  trackingId: TrackingId,
): Promise<Admission> {
  try {
    return await devices.admit(knockOf(request, trackingId))
  } catch (error) {
    // 401 whatever it is, as in the cloud (contract/iot-hub 3.5); the sentence says which
    if (error instanceof HubRefusal && error.status < 500)
      throw new HubRefusal('IotHubUnauthorizedAccess', error.message)
    throw error
  }
}
