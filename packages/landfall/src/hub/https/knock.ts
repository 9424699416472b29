/** What a device shows of itself with one HTTPS request; the path names it. */
import type { FastifyRequest } from 'fastify'
import type { TrackingId } from '../../ids.ts'
import { moreCertificates, ownCertificate, vouchFor } from '../../protocol/client-certificates.ts'
import type { Knock } from '../device/session.ts'

export function knockOf(request: FastifyRequest, trackingId: TrackingId): Knock {
  const { socket } = request.raw
  const { id } = request.params as { id: string }
  return {
    host: request.headers.host ?? '',
    deviceId: id,
    sasToken: request.headers.authorization,
    certificates: ownCertificate(socket),
    moreCertificates: (known) => moreCertificates(socket, known),
    vouchForCertificates: () => vouchFor(socket),
    transport: 'https',
    remoteAddress: socket.remoteAddress,
    trackingId,
  }
}
