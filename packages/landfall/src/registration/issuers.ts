/** Stored certificates that may stand above the one a device shows (contract/semantics 3.6, 19.4). */
import type { IssuerCertificate, Store } from '../store/store.ts'
import { type Certificate, knownCertificate } from '../x509/certificate.ts'
import type { RegistrationOptions } from './options.ts'
import type { ShownChain } from './shown.ts'

export interface KnownIssuer extends IssuerCertificate {
  readonly certificate: Certificate
}

/** contract/semantics 4.16: a path has ten certificates at most, so its last can be nine questions away. */
const mostQuestions = 9

/** Asks upward, by the name of each issuer, until nothing new is found. One question where the chain was sent whole. */
export async function readIssuers(
  { leaf, others }: ShownChain,
  store: Store,
  { completeChains }: RegistrationOptions,
): Promise<readonly KnownIssuer[]> {
  const known = new Map<string, KnownIssuer>()
  const asked = new Set<string>()
  let lowest: readonly Certificate[] = [leaf, ...others]
  let thumbprints = lowest.map((certificate) => certificate.sha256Thumbprint)
  for (let question = 0; question < (completeChains ? mostQuestions : 1); question++) {
    const subjectHashes = issuerNamesOf(lowest).filter((name) => !asked.has(name))
    if (subjectHashes.length === 0) break
    for (const name of subjectHashes) asked.add(name)
    const found = (await store.issuerCertificates({ thumbprints, subjectHashes })).filter(
      ({ sha256Thumbprint }) => !known.has(sha256Thumbprint),
    )
    const read = found.map((stored) => ({
      ...stored,
      certificate: knownCertificate(Buffer.from(stored.der, 'base64')),
    }))
    for (const issuer of read) known.set(issuer.sha256Thumbprint, issuer)
    lowest = read.map(({ certificate }) => certificate)
    thumbprints = []
  }
  return [...known.values()]
}

const issuerNamesOf = (certificates: readonly Certificate[]) => [
  ...new Set(certificates.map((certificate) => certificate.issuer.hash)),
]

export const isVerified = ({ cas }: KnownIssuer) => cas.some((ca) => ca.isVerified)
