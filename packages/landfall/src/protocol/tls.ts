/** One TLS configuration for every listener, and the certificates that a client sent. */
import { constants } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type DetailedPeerCertificate, TLSSocket, type TlsOptions } from 'node:tls'

export interface TlsIdentity {
  /** PEM. */
  readonly key: string | Uint8Array
  /** PEM: the server's certificate, then its intermediates. */
  readonly certificate: string | Uint8Array
}

/** ECDHE only, AES-128-GCM first: small devices know little else (contract/device-api 1.1.5). */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
].join(':')

/**
 * SSL_OP_NO_TICKET, because a resumed session knows the client's own certificate but none of its intermediates: OpenSSL
 * writes only `peer` into a session (seen with Node 24.21 on TLS 1.2 and 1.3), so a device that resumes would be told
 * that its chain is incomplete. Node keeps no session cache of its own, hence without tickets nothing can be resumed.
 * Nothing is lost: a device registers once in a connection. No renegotiation either, which could exchange the
 * certificate below a connection that was already judged.
 */
const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION

/** A client certificate is asked for and never judged here: refusals need words (contract/device-api 1.1.4). */
export function tlsOptions({ key, certificate }: TlsIdentity, handshakeMs: number): TlsOptions {
  return {
    key: key as string | Buffer,
    cert: certificate as string | Buffer,
    // no roots of the machine's: they would be appended to what a client sent, and chains checked for nothing
    ca: [],
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers,
    honorCipherOrder: true,
    secureOptions,
    handshakeTimeout: handshakeMs,
  }
}

const none: readonly Uint8Array[] = []
const sent = new WeakMap<Duplex, readonly Uint8Array[]>()

const own = new WeakMap<Duplex, readonly Uint8Array[]>()

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
export function wholeChain(socket: Duplex): readonly Uint8Array[] {
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

const walked = new WeakSet<Duplex>()
