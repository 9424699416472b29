/** A chain as people have it: PEM, base64 of DER or of PEM, in one text or several, in any order. */
import { ProvisioningError } from '../fault.ts'
import { type Certificate, MalformedCertificate, parseCertificate } from '../x509/certificate.ts'
import { leafFirst } from '../x509/lint-chain.ts'
import { readCertificateBytes, UnreadableCertificate } from '../x509/pem.ts'

export interface ReadChain {
  /** DER: the device's own first. What is no certificate is left for the engine to refuse. */
  readonly certificates: readonly Uint8Array[]
  /** As they were given, less what is no certificate. */
  readonly readable: readonly Certificate[]
  readonly leaf?: Certificate
}

/** More is never read of a device, nor here (contract/semantics 4.16). */
const mostCertificates = 100

interface Given {
  readonly chain?: string | readonly string[]
  readonly registrationId?: string
  readonly asSent?: boolean
}

export function readChain({ chain, registrationId, asSent = false }: Given): ReadChain {
  const texts = chain === undefined ? [] : typeof chain === 'string' ? [chain] : chain
  const ders = texts.flatMap(readText)
  if (ders.length > mostCertificates)
    throw new ProvisioningError('invalid', { message: `The chain has more than ${mostCertificates} certificates.` })
  const parsed = ders.map((der) => ({ der, certificate: parse(der) }))
  const readable = parsed.flatMap(({ certificate }) => (certificate ? [certificate] : []))
  // a first one that cannot be read would be the device's: nobody knows whether the others are
  const first = parsed[0]
  if (first && !first.certificate) return { certificates: ders, readable }
  const leaf = asSent ? first?.certificate : leafOf(readable, registrationId)
  const own = parsed.find(({ certificate }) => certificate === leaf)
  const ordered = own ? [own, ...parsed.filter((one) => one !== own)] : parsed
  return { certificates: ordered.map(({ der }) => der), readable, leaf }
}

function leafOf(readable: readonly Certificate[], registrationId: string | undefined): Certificate | undefined {
  const named = readable.filter(
    ({ subject, extensions }) =>
      !extensions.basicConstraints?.ca && subject.commonName?.toLowerCase() === registrationId?.toLowerCase(),
  )
  const [likely] = leafFirst(readable)
  return registrationId !== undefined && likely && named[0] && !named.includes(likely) ? named[0] : likely
}

function readText(text: string): readonly Uint8Array[] {
  try {
    return readCertificateBytes(text)
  } catch (error) {
    if (!(error instanceof UnreadableCertificate)) throw error
    throw new ProvisioningError('invalid', {
      message: `The chain cannot be read: ${error.why}. Nothing of it was kept.`,
    })
  }
}

function parse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof MalformedCertificate) return
    throw error
  }
}
