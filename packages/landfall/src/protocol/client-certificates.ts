/** The certificates that a client sent in TLS, read as far as they are needed: reading costs, and some of it leaks in Node. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { LRUCache } from 'lru-cache'

const none: readonly Uint8Array[] = []
/** What was read of a socket's client: its own certificate, and the chain. */
const own = new WeakMap<Duplex, readonly Uint8Array[]>()
const sent = new WeakMap<Duplex, readonly Uint8Array[]>()
/** Sockets whose whole chain was looked at already. */
const walked = new WeakSet<Duplex>()
/** Issuers of devices that were let in, by subject. */
const vouched = new LRUCache<string, { readonly issuer: X509Certificate; readonly key: KeyObject }>({ max: 1000 })

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
  const certificates = peerCertificates(socket)
  return certificates.length > known ? certificates : wholeChain(socket)
}

/**
 * DER of the certificates that the client sent: its own, then each one's issuer as far as Node follows them, if it can be
 * trusted with that (see `vouchFor`); else all. Ask while the connection stands: a closed one has forgotten them.
 */
export function peerCertificates(socket: Duplex): readonly Uint8Array[] {
  if (!(socket instanceof TLSSocket)) return none
  const known = sent.get(socket)
  if (known) return known
  const [leaf] = ownCertificate(socket)
  if (leaf === undefined) return none
  if (!isVouchedFor(leaf)) return wholeChain(socket)
  const certificates = linkedCertificates(socket)
  if (!socket.destroyed) sent.set(socket, certificates)
  return certificates
}

/**
 * The chain that was read of this client proved good. getPeerCertificate(true) ends the process where an issuer has a key
 * on a curve without a NIST name (Node 24.21; see tls.ts), so a stranger's chain is read in the way that loses memory,
 * and this one only for devices whose issuer has a device here already.
 */
export function vouchFor(socket: Duplex): void {
  const [first, ...rest] = (sent.get(socket) ?? none).map((der) => new X509Certificate(der))
  if (first === undefined || !rest.every(isShowable)) return
  const issuer = rest.find((certificate) => first.checkIssued(certificate) && first.verify(certificate.publicKey))
  if (issuer) vouched.set(issuer.subject, { issuer, key: issuer.publicKey })
}

const shownCurves: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

function isShowable(certificate: X509Certificate): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
    return asymmetricKeyType === 'rsa' || shownCurves.has(asymmetricKeyDetails?.namedCurve)
  } catch {
    return false // its key is none
  }
}

function isVouchedFor(leaf: Uint8Array): boolean {
  const certificate = new X509Certificate(leaf)
  const known = vouched.get(certificate.issuer)
  return known !== undefined && certificate.checkIssued(known.issuer) && certificate.verify(known.key)
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
 * Every certificate that was sent, in the order of the wire, related or not. Node (24.21) never frees the intermediates
 * that getPeerX509Certificate() has walked: with 31 of them, 240 KiB a connection. Hence a bound, after which only what was
 * read already is seen of such chains, until the service is started again.
 */
function wholeChain(socket: Duplex): readonly Uint8Array[] {
  const known = sent.get(socket) ?? ownCertificate(socket)
  if (!(socket instanceof TLSSocket) || socket.destroyed || known.length === 0 || lostBytes > mostLostBytes)
    return known
  if (walked.has(socket)) return known
  walked.add(socket)
  const certificates: Uint8Array[] = []
  for (let next = socket.getPeerX509Certificate(); next; next = next.issuerCertificate) certificates.push(next.raw)
  lostBytes += (certificates.length - 1) * lostBytesEach
  if (certificates.length <= known.length) return known
  sent.set(socket, certificates)
  return certificates
}
