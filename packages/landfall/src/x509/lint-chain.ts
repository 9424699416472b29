/** A chain as a device sends it, or will: what is wrong with its order, its members, and how they go together. */
import { printable } from '../ids.ts'
import type { Certificate } from './certificate.ts'
import { subjectOf } from './judgements.ts'
import { error, type Finding, type LintQuestion, lintCertificate, warning } from './lint.ts'
import { sameName } from './names.ts'
import { chainUpward } from './path.ts'

/** `sent`: in the order of the file or the wire. */
export function lintChain(sent: readonly Certificate[], question: LintQuestion): readonly Finding[] {
  const [leaf, ...others] = leafFirst(sent)
  if (!leaf) return []
  const path = pathOf(leaf, others)
  return [
    ...sent.flatMap((certificate, index) =>
      lintCertificate(certificate, roleOf(certificate, leaf, question)).map((finding) => ({
        ...finding,
        position: index + 1,
      })),
    ),
    ...orderFindings(sent, leaf, path),
    ...memberFindings(sent, leaf, path),
    ...pairFindings(path, sent),
    ...roomFindings(path, sent),
  ]
}

/** A CA above the device's certificate is an issuer, whatever its name would do for. */
const roleOf = (certificate: Certificate, leaf: Certificate, question: LintQuestion): LintQuestion =>
  certificate !== leaf && certificate.extensions.basicConstraints?.ca ? { ...question, asIssuer: true } : question

/** TLS presents the first one as the device's own; what comes in any order is put right by who issued whom. */
export function leafFirst(sent: readonly Certificate[]): readonly Certificate[] {
  const [first] = sent
  if (!first || !issuedAny(first, sent)) return sent
  const leaves = sent.filter((certificate) => !issuedAny(certificate, sent))
  const leaf = leaves.find(({ extensions }) => !extensions.basicConstraints?.ca) ?? leaves[0]
  return leaf ? [leaf, ...sent.filter((certificate) => certificate !== leaf)] : sent
}

const issuedAny = (issuer: Certificate, sent: readonly Certificate[]) =>
  sent.some((one) => one.sha256Thumbprint !== issuer.sha256Thumbprint && sameName(one.issuer, issuer.subject))

/** Leaf upward, one issuer each; of several the first that was sent. */
function pathOf(leaf: Certificate, others: readonly Certificate[]): readonly Certificate[] {
  const reached = chainUpward(leaf, others)
  const path = [leaf]
  for (let last: Certificate | undefined = leaf; last !== undefined && path.length <= reached.length; ) {
    const below: Certificate = last
    last = reached.find((one) => !path.includes(one) && sameName(one.subject, below.issuer))
    if (last) path.push(last)
  }
  return path
}

const at = (sent: readonly Certificate[], certificate: Certificate) => ({ position: sent.indexOf(certificate) + 1 })

function orderFindings(
  sent: readonly Certificate[],
  leaf: Certificate,
  path: readonly Certificate[],
): readonly Finding[] {
  if (sent[0] !== leaf) {
    const says = `The device's certificate "${subjectOf(leaf)}" does not stand first. TLS takes the first for the device's own: put it first, then each issuer after what it issued.`
    return [{ ...error('wrong_order', says), ...at(sent, leaf) }]
  }
  const positions = path.map((certificate) => sent.indexOf(certificate))
  const ordered = positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0))
  if (ordered) return []
  return [
    warning(
      'wrong_order',
      'The certificates are not in order, each issuer after what it issued. RFC 8446 4.4.2 allows that; some software does not.',
    ),
  ]
}

function memberFindings(
  sent: readonly Certificate[],
  leaf: Certificate,
  path: readonly Certificate[],
): readonly Finding[] {
  return sent.flatMap((certificate, index) => {
    const position = index + 1
    const name = subjectOf(certificate)
    const before = sent.findIndex(({ sha256Thumbprint }) => sha256Thumbprint === certificate.sha256Thumbprint)
    if (before < index) return [{ ...warning('duplicate', `"${name}" is there twice.`), position }]
    if (certificate !== leaf && certificate.selfIssued && path.includes(certificate))
      return [
        {
          ...warning(
            'root_sent',
            `The root "${name}" is in the chain. It is not trusted for being sent, and costs each handshake ${certificate.der.length} bytes: leave it out.`,
          ),
          position,
        },
      ]
    if (path.includes(certificate)) return []
    return [{ ...warning('stranger', `"${name}" issued nothing in this chain: leave it out.`), position }]
  })
}

/** Made one after the other for as many days, a certificate ends a little after its issuer, and nobody minds. */
const dayMs = 86_400_000

/** What a certificate and its issuer have to do with each other. */
function pairFindings(path: readonly Certificate[], sent: readonly Certificate[]): readonly Finding[] {
  return path.slice(0, -1).flatMap((certificate, index) => {
    const issuer = path[index + 1]
    if (!issuer) return []
    const names = `"${subjectOf(certificate)}"`
    const found: Finding[] = []
    if (certificate.notAfter > issuer.notAfter + dayMs)
      found.push(
        warning(
          'outlives_issuer',
          `${names} ends after its issuer "${subjectOf(issuer)}", with which it stops being good at ${iso(issuer.notAfter)}.`,
        ),
      )
    if (certificate.serial === issuer.serial && sameName(certificate.issuer, issuer.issuer))
      found.push(
        warning(
          'serial',
          `${names} and "${subjectOf(issuer)}" have one serial number ${certificate.serial} from one issuer "${printable(issuer.issuer.text)}".`,
        ),
      )
    return found.map((finding) => ({ ...finding, ...at(sent, certificate) }))
  })
}

const iso = (instant: number) => new Date(instant).toISOString()

// RFC 5280 4.2.1.9
function roomFindings(path: readonly Certificate[], sent: readonly Certificate[]): readonly Finding[] {
  return path.slice(1).flatMap((ca, index) => {
    const limit = ca.extensions.basicConstraints?.pathLength
    const below = path.slice(1, index + 1).filter(({ selfIssued }) => !selfIssued).length
    if (limit === undefined || below <= limit) return []
    const says = `"${subjectOf(ca)}" leaves room for ${limit} CAs below it, but there are ${below}.`
    return [{ ...error('path_length', says), ...at(sent, ca) }]
  })
}
