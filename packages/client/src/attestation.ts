import type { Attestation, CertificatePair } from './models.ts'

/**
 * Makes the attestation of an enrollment. Certificates are given as PEM, or as base64 of DER.
 *
 * ```ts
 * attestation.signingCertificate(readFileSync('plant-7.cert.pem', 'utf8'))    // a group: devices with certificates of this CA
 * attestation.clientCertificate(readFileSync('pump-12.cert.pem', 'utf8'))     // one device, by its own certificate
 * attestation.symmetricKey()                                                  // keys made by the service
 * ```
 */
export const attestation = {
  /** For a group: the CA certificate, root or intermediate, that signs the certificates of its devices. */
  signingCertificate(primary: string, secondary?: string): Attestation {
    return { type: 'x509', x509: { signingCertificates: pair(primary, secondary) } }
  },

  /** For one device: its own certificate. */
  clientCertificate(primary: string, secondary?: string): Attestation {
    return { type: 'x509', x509: { clientCertificates: pair(primary, secondary) } }
  },

  /** CA certificates that were uploaded to the service, by their names. */
  caReference(primary: string, secondary?: string): Attestation {
    return { type: 'x509', x509: { caReferences: { primary, ...(secondary === undefined ? {} : { secondary }) } } }
  },

  /** Keys of 16 to 64 bytes in base64; a key that is left out is made by the service. */
  symmetricKey(primaryKey?: string, secondaryKey?: string): Attestation {
    return { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey } }
  },

  /** For one device: the endorsement key of its TPM, base64 of TPM2B_PUBLIC. */
  tpm(endorsementKey: string, storageRootKey?: string): Attestation {
    return { type: 'tpm', tpm: { endorsementKey, ...(storageRootKey === undefined ? {} : { storageRootKey }) } }
  },
} as const

function pair(primary: string, secondary: string | undefined): CertificatePair {
  return {
    primary: { certificate: primary },
    ...(secondary === undefined ? {} : { secondary: { certificate: secondary } }),
  }
}
