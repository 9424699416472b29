/** A device's X.509 certificate: the very one that the hub knows, or one that a verified CA issued (contract/iot-hub 10.5). */
import { sentenceOf } from '../../fault.ts'
import { printable } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import type { Instant } from '../../system.ts'
import { type Certificate, knownCertificate, MalformedCertificate, parseCertificate } from '../../x509/certificate.ts'
import { findPath } from '../../x509/path.ts'
import { HubRefusal } from '../refusal.ts'
import { type Proven, scopeOf, unauthorized } from './judge-token.ts'
import { clientIdOf, type Identity, named } from './named.ts'
import type { Knock } from './session.ts'

interface CertificateQuestion {
  readonly knock: Knock
  readonly identity: Identity
  readonly store: Store
  readonly at: Instant
}

/** contract/semantics 4.16 */
const mostQuestions = 9

export async function judgeCertificate(question: CertificateQuestion): Promise<Proven> {
  const { identity, knock } = question
  const [own] = knock.certificates
  if (own === undefined) throw nothingShown(identity)
  switch (identity.authentication.type) {
    case 'selfSigned':
      return byThumbprint(read(own, parseCertificate), identity)
    case 'certificateAuthority':
      return byAuthority(question)
    default:
      throw nothingShown(identity)
  }
}

function nothingShown(identity: Identity): HubRefusal {
  const { type } = identity.authentication
  if (type === 'none')
    return unauthorized(
      `The ${named(identity)} has no authentication on this hub, so nothing can prove that it is itself.`,
    )
  if (type === 'sas')
    return unauthorized(
      `The ${named(identity)} authenticates by a symmetric key, but showed no SAS token. Send one as the password.`,
    )
  return unauthorized(`The ${named(identity)} authenticates by an X.509 certificate, but showed none in TLS.`)
}

/** The length of a stored thumbprint tells which hash it is (contract/iot-hub 4.10). */
function byThumbprint(leaf: Certificate, identity: Identity): Proven {
  const { authentication } = identity
  if (authentication.type !== 'selfSigned') throw new Error('asked for the thumbprint of a device that has none')
  const { primaryThumbprint, secondaryThumbprint } = authentication
  const known = [primaryThumbprint, secondaryThumbprint].filter((one) => one !== undefined)
  const shownAs = (thumbprint: string) => (thumbprint.length === 40 ? leaf.sha1Thumbprint : leaf.sha256Thumbprint)
  const thumbprint = known.find((one) => one === shownAs(one))
  if (thumbprint !== undefined)
    return { proof: { kind: 'thumbprint', thumbprint }, scope: scopeOf(identity), type: 'x509' }
  throw unauthorized(
    `The certificate that the ${named(identity)} showed has the thumbprint ${shownAs(known[0] ?? '')}, but this hub expects ${known.join(' or ')}. After a renewed certificate, register again.`,
  )
}

/** By the same rules as registration: RFC 5280 up to a verified CA. The chain is read as far as it is needed. */
async function byAuthority(question: CertificateQuestion): Promise<Proven> {
  const { knock } = question
  let shown = knock.certificates
  for (;;) {
    const found = await authorityOf(shown, question)
    if (!(found instanceof HubRefusal)) {
      if (shown !== knock.certificates) knock.vouchForCertificates?.()
      const proof = { kind: 'authority', sha256Thumbprint: found.sha256Thumbprint } as const
      return { proof, scope: scopeOf(question.identity), type: 'x509' }
    }
    const more = knock.moreCertificates?.(shown.length) ?? []
    if (more.length <= shown.length) throw found
    shown = more
  }
}

/** The verified CA certificate that the path ends in, or why there is none. */
async function authorityOf(shown: readonly Uint8Array[], question: CertificateQuestion) {
  const { identity, store, at } = question
  const [own, ...rest] = shown
  if (own === undefined) return nothingShown(identity)
  const leaf = read(own, parseCertificate)
  const sent = rest.map((der) => read(der, knownCertificate))
  const stored = await issuersAbove([leaf, ...sent], store)
  const anchors = stored.filter(({ isVerified }) => isVerified).map(({ certificate }) => certificate)
  const others = [...sent, ...stored.map(({ certificate }) => certificate)]
  const path = findPath({ leaf, others, anchors, at, purpose: 'clientAuth', id: clientIdOf(identity) })
  if (path.kind === 'fault') return unauthorized(sentenceOf(path.fault.reason, path.fault.facts))
  return isNamed(leaf, identity) ? (path.path.at(-1) ?? leaf) : otherName(leaf, identity)
}

// case-sensitive, as device ids are (contract/iot-hub 4.4, 10.5)
const isNamed = ({ subject }: Certificate, identity: Identity) => subject.commonName === clientIdOf(identity)

const otherName = ({ subject }: Certificate, identity: Identity) =>
  unauthorized(
    `The certificate is for "${printable(subject.commonName ?? subject.text)}", not for the ${named(identity)}: its common name has to be "${clientIdOf(identity)}", letter by letter.`,
  )

async function issuersAbove(chain: readonly Certificate[], store: Store) {
  const found = new Map<string, { readonly certificate: Certificate; readonly isVerified: boolean }>()
  let lowest = chain
  for (let question = 0; question < mostQuestions; question++) {
    const subjectHashes = [...new Set(lowest.map(({ issuer }) => issuer.hash))]
    const thumbprints = question === 0 ? chain.map(({ sha256Thumbprint }) => sha256Thumbprint) : []
    const answers = await store.issuerCertificates({ thumbprints, subjectHashes })
    const fresh = answers.filter(({ sha256Thumbprint }) => !found.has(sha256Thumbprint))
    if (fresh.length === 0) break
    for (const { sha256Thumbprint, der, cas } of fresh) {
      const certificate = knownCertificate(Buffer.from(der, 'base64'))
      found.set(sha256Thumbprint, { certificate, isVerified: cas.some((ca) => ca.isVerified) })
    }
    lowest = fresh.flatMap(({ sha256Thumbprint }) => found.get(sha256Thumbprint)?.certificate ?? [])
  }
  return [...found.values()]
}

function read(der: Uint8Array, parse: (der: Uint8Array) => Certificate): Certificate {
  try {
    return parse(Uint8Array.from(der))
  } catch (error) {
    if (!(error instanceof MalformedCertificate)) throw error
    throw unauthorized(`A certificate that was shown cannot be read: ${error.why}.`)
  }
}
