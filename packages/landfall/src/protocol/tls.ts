/** One TLS configuration for every listener. */
import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'

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
 * OpenSSL's own without the Brainpool curves: Node (24.21) ends with a segmentation fault where getPeerCertificate() meets
 * a curve that NIST has no name for. secp256k1 has no signature algorithm in TLS 1.3 and is no group of TLS 1.2.
 */
const signatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'ed25519',
  'ed448',
  ...['rsa_pss_rsae', 'rsa_pss_pss', 'rsa_pkcs1'].flatMap((name) =>
    [256, 384, 512].map((bits) => `${name}_sha${bits}`),
  ),
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
    sigalgs: signatureAlgorithms,
    secureOptions,
    handshakeTimeout: handshakeMs,
  }
}
