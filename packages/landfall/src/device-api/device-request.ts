/** The request that every transport makes of a connection and of what a device said on it. */
import { makeTrackingId } from '../ids.ts'
import type { DeviceRequest, Evidence } from '../registration/request.ts'
import { machineNow } from '../system.ts'
import type { DeviceApiParts } from './parts.ts'

/** A client's connection, as protocol/ knows it. */
export interface Peer extends Pick<DeviceRequest, 'transport' | 'remoteAddress'> {
  readonly certificates: Evidence['certificates']
  moreCertificates(known: number): Evidence['certificates']
  vouchForCertificates(): void
}

/** What the device said of itself. */
export type Said = Pick<DeviceRequest, 'idScope' | 'registrationId' | 'apiVersion'> & Pick<Evidence, 'sasToken' | 'tpm'>

/** Begins here: with a tracking id of its own, at this instant. */
export function deviceRequestOf(
  { clock, random }: DeviceApiParts,
  peer: Peer,
  { idScope, registrationId, apiVersion, sasToken, tpm }: Said,
): DeviceRequest {
  return {
    trackingId: makeTrackingId(random),
    idScope,
    registrationId,
    evidence: {
      certificates: peer.certificates,
      more: (known) => peer.moreCertificates(known),
      vouch: () => peer.vouchForCertificates(),
      sasToken,
      ...(tpm && { tpm }),
    },
    apiVersion,
    transport: peer.transport,
    remoteAddress: peer.remoteAddress,
    at: clock.now(),
    tokensAt: machineNow(clock),
  }
}
