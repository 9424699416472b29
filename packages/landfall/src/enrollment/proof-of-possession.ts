/** CA certificates: upload, verification code, and the proof that the uploader has the key (contract/management 5, contract/semantics 5). */
import { caKeyOf, makeEtag, parseCaName, printable } from '../ids.ts'
import type { Instant, Random } from '../system.ts'
import { type Certificate, knownCertificate } from '../x509/certificate.ts'
import { type Link, SignatureChecks } from '../x509/signatures.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { caFaultOf, caWarningsOf } from './ca-findings.ts'
import { invalid } from './fields.ts'
import { enrolled, firstOfMany, readCertificate } from './read-certificate.ts'

/** How long a verification code can be used (contract/management 5.5). */
export const codeLifetimeMs = 24 * 60 * 60_000

export interface CaUpload {
  readonly name: string
  /** PEM, base64 of PEM or of DER, or DER itself. */
  readonly certificate: string | Uint8Array
  /** True: trusted on the administrator's word. Absent: as before, where the certificate is the same. */
  readonly isVerified?: boolean
}

export interface Moment {
  readonly at: Instant
  readonly random: Random
}

export interface UploadedCa {
  readonly value: CaCertificate
  readonly warnings: readonly string[]
}

/** `previous`: what stands under this name. Another certificate there voids its proof (contract/semantics 5.4). */
export function uploadCa(upload: CaUpload, previous: CaCertificate | undefined, { at, random }: Moment): UploadedCa {
  const name = parseCaName(upload.name)
  const reading = readCertificate(upload.certificate, 'The certificate')
  const { certificate } = reading
  const fault = caFaultOf(certificate, at)
  if (fault !== undefined) throw invalid(fault)
  const same = previous?.certificate.info.sha256Thumbprint === certificate.sha256Thumbprint ? previous : undefined
  const value: CaCertificate = {
    name: previous?.name ?? name,
    key: caKeyOf(name),
    certificate: enrolled(certificate),
    isVerified: upload.isVerified ?? same?.isVerified ?? false,
    verificationCode: same?.verificationCode,
    createdAt: previous?.createdAt ?? at,
    updatedAt: at,
    etag: makeEtag(random),
  }
  // contract/management 5.3: users upload chain files
  const chosen = reading.ignored > 0 ? [firstOfMany('The file', reading)] : []
  return { value, warnings: [...chosen, ...caWarningsOf(certificate, at)] }
}

const subjectOf = (certificate: Certificate): string => printable(certificate.subject.text)

/** Voids the code before; a verified certificate stays so (contract/management 5.5). */
export function newVerificationCode(ca: CaCertificate, { at, random }: Moment): CaCertificate {
  const code = Buffer.from(random.bytes(24)).toString('hex').toUpperCase()
  return {
    ...ca,
    verificationCode: { code, expiresAt: at + codeLifetimeMs },
    updatedAt: at,
    etag: makeEtag(random),
  }
}

/**
 * The CA certificate, verified, or a refusal that says what is wrong with the proof. The code stays good until it
 * expires, so that a client may repeat a call whose answer it lost (contract/semantics 5.3).
 */
export function verifyPossession(ca: CaCertificate, proof: string | Uint8Array, { at, random }: Moment): CaCertificate {
  const code = openCode(ca, at)
  const { certificate } = readCertificate(proof, 'The verification certificate')
  const fault = faultOf(certificate, knownCertificate(Buffer.from(ca.certificate.der, 'base64')), code, at)
  if (fault) throw invalid(fault)
  return { ...ca, isVerified: true, updatedAt: at, etag: makeEtag(random) }
}

function openCode(ca: CaCertificate, at: Instant): string {
  const open = ca.verificationCode
  if (!open) throw invalid(`No verification code was asked for the certificate "${ca.name}". Ask for one first.`)
  if (at > open.expiresAt) {
    throw invalid(
      `The verification code of the certificate "${ca.name}" expired at ${new Date(open.expiresAt).toISOString()}. Ask for a new one.`,
    )
  }
  return open.code
}

// contract/management 5.6: name, issuer, signature, dates; no extension matters. The commonest mistake is to sign with
// the root instead of the uploaded intermediate, so the sentence says which was expected (contract/semantics 5.5).
function faultOf(proof: Certificate, ca: Certificate, code: string, at: Instant): string | undefined {
  const expected = subjectOf(ca)
  if (proof.sha256Thumbprint === ca.sha256Thumbprint) {
    return `This is the CA certificate "${expected}" itself. Send a certificate with the common name ${code}, signed with its key.`
  }
  const commonName = proof.subject.commonName?.trim()
  if (commonName?.toUpperCase() !== code) {
    return `The common name of the verification certificate is "${printable(commonName ?? '')}"; expected the verification code ${code}.`
  }
  if (Buffer.compare(proof.issuer.der, ca.subject.der) !== 0) {
    const itself = proof.selfIssued ? ', that is, by itself' : ''
    return `The verification certificate is signed by "${printable(proof.issuer.text)}"${itself}; expected "${expected}". Sign it with the key of the certificate that was uploaded.`
  }
  const link = linkBetween(proof, ca)
  if (link === 'unjudged') {
    return `The verification certificate is signed with ${proof.signatureAlgorithm.name}, which is not accepted. Sign it with SHA-256 or better.`
  }
  if (link !== 'good') {
    return `The verification certificate names "${expected}" as its issuer, but is signed with another key${keyIds(proof, ca)}. Sign it with the key of the certificate that was uploaded.`
  }
  return outsideDates(proof, at)
}

const linkBetween = (proof: Certificate, ca: Certificate): Link => new SignatureChecks(1).link(proof, ca)

function keyIds(
  { extensions: { authorityKeyId } }: Certificate,
  { extensions: { subjectKeyId } }: Certificate,
): string {
  if (!authorityKeyId || !subjectKeyId || authorityKeyId === subjectKeyId) return ''
  return ` (key id ${authorityKeyId.toUpperCase()}; expected ${subjectKeyId.toUpperCase()})`
}

/** As for devices' certificates (contract/semantics 4.8). */
const dateToleranceMs = 5 * 60_000

function outsideDates({ notBefore, notAfter }: Certificate, at: Instant): string | undefined {
  if (at < notBefore - dateToleranceMs) {
    return `The verification certificate is not valid before ${new Date(notBefore).toISOString()}. Check the clock of the machine that made it.`
  }
  if (at > notAfter + dateToleranceMs) {
    return `The verification certificate expired at ${new Date(notAfter).toISOString()}. Make a new one.`
  }
}
