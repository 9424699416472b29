/** The certificates that a client sent in TLS, read as far as they are needed: reading costs, and some of it leaks in Node. */
import type { Duplex } from 'node:stream'
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls'

const none: readonly Uint8Array[] = []
/** What was read of a socket's client: its own certificate, and the chain. */
const own = new WeakMap<Duplex, readonly Uint8Array[]>()
const sent = new WeakMap<Duplex, readonly Uint8Array[]>()
/** Sockets whose whole chain was looked at already. */
const walked = new WeakSet<Duplex>()

/**
 * DER of the client's own certificate, or none: a third of what reading its chain costs (44 of 125 us), and enough
 * wherever the issuers are stored here.
 */
export function ownCertificate(socket: Duplex): readonly Uint8Array[] {
  if (!(socket instanceof TLSSocket)) return none
  const known = own.get(socket) ?? sent.get(socket)
  if (known) return known
  const { raw } = socket.getPeerCertificate(false)
  const certificates = raw === undefined ? none : [raw]
  if (!socket.destroyed) own.set(socket, certificates)
  return certificates
}

/** More than the `known` ones, if more was sent: first what Node links, then all that stood on the wire. */
export function moreCertificates(socket: Duplex, known: number): readonly Uint8Array[] {
  const linked = peerCertificates(socket)
  return linked.length > known ? linked : wholeChain(socket)
}

/**
 * DER of the certificates that the client sent: its own, then each one's issuer as far as Node follows them. That is
 * every certificate of a chain in order; of others see `wholeChain`. Ask while the connection stands: a closed one has
 * forgotten them.
 */
export function peerCertificates(socket: Duplex): readonly Uint8Array[] {
  if (!(socket instanceof TLSSocket)) return none
  const known = sent.get(socket)
  if (known) return known
  const certificates = linkedCertificates(socket)
  if (!socket.destroyed) sent.set(socket, certificates)
  return certificates
}

/** A self-signed certificate is its own issuer; no certificate at all is an empty object. */
function linkedCertificates(socket: TLSSocket): readonly Uint8Array[] {
  const certificates: Uint8Array[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined) {
    certificates.push(next.raw)
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return certificates
}

/** What wholeChain may lose of memory in the life of the process, and what one certificate loses it (measured: 7.5 KiB). */
const mostLostBytes = 64 * 1024 * 1024
const lostBytesEach = 8 * 1024
let lostBytes = 0

/**
 * Every certificate that was sent, in the order of the wire, related or not: for a chain that is out of order or has
 * two issuers of one name, where following the issuers found too little. Not at first, because Node (24.21) never frees
 * the intermediates that getPeerX509Certificate() has walked: with 31 of them, 240 KiB a connection. Hence a bound, after
 * which such chains are taken as peerCertificates sees them.
 */
function wholeChain(socket: Duplex): readonly Uint8Array[] {
  const linked = peerCertificates(socket)
  if (!(socket instanceof TLSSocket) || socket.destroyed || linked.length === 0 || lostBytes > mostLostBytes)
    return linked
  if (walked.has(socket)) return linked
  walked.add(socket)
  const certificates: Uint8Array[] = []
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) certificates.push(next.raw)
  lostBytes += (certificates.length - 1) * lostBytesEach
  if (certificates.length <= linked.length) return linked
  sent.set(socket, certificates)
  return certificates
}
