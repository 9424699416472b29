/**
 * Finding a path from a device's certificate to a trusted one (RFC 4158) and judging it (RFC 5280 6). What was sent is a
 * set, not a sequence: it may be out of order, with strangers, cross-signed, with two issuers of one name
 * (contract/semantics 4.2). One valid path is enough; where there is none, the most telling fault is given.
 */
import { type Facts, type Fault, type Reason, sentenceOf } from '../fault.ts'
import type { Instant } from '../system.ts'
import { chainBudget } from './budget.ts'
import type { Certificate } from './certificate.ts'
import { commonFacts, type Judgement, judgement, judgementsOf, signaturesOf } from './judgements.ts'
import { Comparisons } from './name-constraints.ts'
import { sameName } from './names.ts'
import { type Circumstances, type Place, type Purpose, rules } from './rules.ts'
import { SignatureChecks } from './signatures.ts'

export { chainBudget } from './budget.ts'
export { chainUpward } from './chain-upward.ts'
export type { Judgement } from './judgements.ts'

export interface PathQuestion {
  readonly leaf: Certificate
  /** Sent beside the leaf, or stored; in any order. */
  readonly others: readonly Certificate[]
  readonly anchors: readonly Certificate[]
  readonly at: Instant
  /** Default: 5 minutes (contract/semantics 4.8). */
  readonly skewMs?: number
  /** Default: clientAuth. */
  readonly purpose?: Purpose
  /** SHA-256 thumbprints, upper-case hex: the path must hold one of these certificates. */
  readonly through?: readonly string[]
  /** The registration id, for sentences only. */
  readonly id?: string
}

/** Both are worked out when they are read. */
interface Told {
  /** The rules judged on the path that decided, as far as it was judged. */
  readonly trail: readonly Judgement[]
  /** Every rule on each certificate of the path, though it leads nowhere. */
  readonly report: readonly Judgement[]
}

export type PathAnswer =
  | ({ readonly kind: 'path'; readonly path: readonly Certificate[] } & Told)
  | ({
      readonly kind: 'fault'
      readonly fault: Fault
      /** The certificate to blame, where there is one. */
      readonly certificate?: Certificate
      /** As far as a path was found, leaf first. */
      readonly path: readonly Certificate[]
    } & Told)

/** contract/semantics 4.8 */
export const defaultSkewMs = 5 * 60_000

export function findPath(question: PathQuestion): PathAnswer {
  return new Search(question).answer()
}

/** Leaf first. */
type Path = readonly [Certificate, ...Certificate[]]

const lastOf = (path: Path): Certificate => path[path.length - 1] ?? path[0]

interface Finding {
  readonly rank: number
  readonly fault: Fault
  readonly certificate?: Certificate
  readonly path: Path
}

// the more telling, the higher: what is wrong with a path that leads somewhere says more than what is missing
const ranks = { expiredOnWhole: 6, whole: 5, tooLong: 4, endsElsewhere: 3, signature: 2, incomplete: 1 } as const

class Search {
  readonly #question: PathQuestion
  readonly #circumstances: Circumstances
  readonly #pool: readonly Certificate[]
  readonly #anchors: ReadonlySet<string>
  readonly #issuers = new Map<Certificate, readonly Certificate[]>()
  readonly #checks = new SignatureChecks(chainBudget.signatures)
  #steps = 0
  #best: Finding | undefined

  constructor(question: PathQuestion) {
    this.#question = question
    const { at, skewMs = defaultSkewMs, purpose = 'clientAuth' } = question
    this.#circumstances = { at, skewMs, purpose, comparisons: new Comparisons() }
    this.#anchors = new Set(question.anchors.map(({ sha256Thumbprint }) => sha256Thumbprint))
    this.#pool = distinct([...question.anchors, ...question.others])
  }

  answer(): PathAnswer {
    const { leaf, others, id } = this.#question
    const bytes = others.reduce((sum, { der }) => sum + der.length, leaf.der.length)
    const found = bytes > chainBudget.bytes ? undefined : this.#from([leaf])
    if (found) return this.#accepted(found)
    const tooLarge = { reason: 'chain_too_large', facts: { id, limitBytes: chainBudget.bytes } } as const
    return this.#refused(this.#best ?? { rank: 0, fault: tooLarge, path: [leaf] })
  }

  /** Depth first: the path that was found, or undefined with the reasons noted. */
  #from(path: Path): Path | undefined {
    if (this.#steps++ >= chainBudget.steps) return this.#noteTooLong(path)
    const last = lastOf(path)
    if (this.#anchors.has(last.sha256Thumbprint) && this.#isGood(path)) return path
    const issuers = this.#issuersOf(last, path)
    if (issuers.length > 0 && path.length === chainBudget.certificates) return this.#noteTooLong(path)
    let signed = false
    for (const issuer of issuers) {
      const link = this.#checks.link(last, issuer)
      if (link === 'spent') return this.#noteTooLong(path)
      if (link === 'bad') continue
      signed = true
      const found = this.#from([...path, issuer])
      if (found) return found
    }
    if (!signed && !this.#anchors.has(last.sha256Thumbprint)) this.#noteEnd(path, last, issuers)
  }

  #isGood(path: Path): boolean {
    const broken = firstBroken(path, this.#circumstances)
    if (broken) {
      const rank = broken.reason === 'expired' || broken.reason === 'not_yet_valid' ? ranks.expiredOnWhole : ranks.whole
      this.#note({ rank, path, certificate: broken.certificate, fault: this.#faultOf(broken) })
      return false
    }
    const { through } = this.#question
    if (through === undefined || path.some(({ sha256Thumbprint }) => through.includes(sha256Thumbprint))) return true
    const last = lastOf(path)
    this.#noteAt(ranks.incomplete, 'anchor_unknown', path, last)
    return false
  }

  #issuersOf(certificate: Certificate, path: Path): readonly Certificate[] {
    return this.#namedIssuersOf(certificate).filter((issuer) => !path.some((held) => sameEntity(held, issuer)))
  }

  /**
   * By name; anchors and those that look right first, so that a good path is found before the steps run out. Kept: a mesh
   * of CAs comes to each of them many times, and the pool may hold thousands of anchors.
   */
  #namedIssuersOf(certificate: Certificate): readonly Certificate[] {
    const known = this.#issuers.get(certificate)
    if (known) return known
    const issuers = this.#pool.filter((issuer) => sameName(issuer.subject, certificate.issuer))
    const sorted = issuers.length < 2 ? issuers : this.#likeliestFirst(issuers, certificate)
    this.#issuers.set(certificate, sorted)
    return sorted
  }

  #likeliestFirst(issuers: readonly Certificate[], certificate: Certificate): readonly Certificate[] {
    const likelihood = new Map(issuers.map((issuer) => [issuer, this.#likelihood(issuer, certificate)]))
    return issuers.toSorted((a, b) => (likelihood.get(b) ?? 0) - (likelihood.get(a) ?? 0))
  }

  #likelihood(issuer: Certificate, { extensions: { authorityKeyId } }: Certificate): number {
    const { at, skewMs } = this.#circumstances
    const { basicConstraints, subjectKeyId } = issuer.extensions
    return (
      (basicConstraints?.ca ? 8 : 0) +
      (at + skewMs >= issuer.notBefore && at - skewMs <= issuer.notAfter ? 4 : 0) +
      (authorityKeyId !== undefined && authorityKeyId === subjectKeyId ? 2 : 0) +
      (this.#anchors.has(issuer.sha256Thumbprint) ? 1 : 0)
    )
  }

  #noteEnd(path: Path, last: Certificate, issuers: readonly Certificate[]): void {
    if (last.selfIssued && this.#checks.link(last, last) !== 'bad') {
      this.#noteAt(ranks.endsElsewhere, 'anchor_unknown', path, last)
    } else if (issuers.length > 0) {
      this.#noteAt(ranks.signature, 'signature_invalid', path, last)
    } else {
      this.#noteAt(ranks.incomplete, 'chain_incomplete', path, last)
    }
  }

  #noteAt(rank: number, reason: Reason, path: Path, certificate: Certificate): void {
    const place = { certificate, index: path.indexOf(certificate), path }
    this.#note({ rank, path, certificate, fault: this.#faultOf({ ...place, reason, facts: {} }) })
  }

  #noteTooLong(path: Path): undefined {
    const { id } = this.#question
    const spent = path.length < chainBudget.certificates
    const facts = spent ? { id, checks: chainBudget.signatures } : { id, limit: chainBudget.certificates }
    this.#note({ rank: ranks.tooLong, path, fault: { reason: 'chain_too_long', facts } })
  }

  #note(finding: Finding): void {
    if (!this.#best || finding.rank > this.#best.rank) this.#best = finding
  }

  #faultOf(broken: Broken): Fault {
    return { reason: broken.reason, facts: { ...commonFacts(broken), id: this.#question.id, ...broken.facts } }
  }

  #accepted(path: Path): PathAnswer {
    const circumstances = this.#circumstances
    const told = () => [...signaturesOf(path), ...judgementsOf(path, circumstances)]
    return {
      kind: 'path',
      path,
      get trail() {
        return told()
      },
      get report() {
        return told()
      },
    }
  }

  #refused({ fault, certificate, path }: Finding): PathAnswer {
    const last = lastOf(path)
    const whole = this.#anchors.has(last.sha256Thumbprint)
    const circumstances = this.#circumstances
    const told = (judged: readonly Judgement[]) => {
      const decided = judged.some(({ ok, rule }) => !ok && rule === fault.reason)
      const end = judgement(fault.reason, certificate ?? last, false, sentenceOf(fault.reason, fault.facts))
      return [...signaturesOf(path), ...judged, ...(decided ? [] : [end])]
    }
    return {
      kind: 'fault',
      fault,
      certificate,
      path,
      get trail() {
        return told(whole ? judgementsOf(path, circumstances) : [])
      },
      get report() {
        return told(judgementsOf(path, circumstances))
      },
    }
  }
}

type Broken = Place & { readonly reason: Reason; readonly facts: Facts }

/** Rule by rule, from the anchor down: what is wrong above is wrong for everything below. */
function firstBroken(path: Path, circumstances: Circumstances): Broken | undefined {
  const places = path.map((certificate, index) => ({ certificate, index, path })).reverse()
  for (const rule of rules) {
    for (const place of places) {
      const facts = rule.concerns(place) ? rule.broken(place, circumstances) : undefined
      if (facts) return { ...place, reason: rule.reason, facts }
    }
  }
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.sha256Thumbprint, certificate])).values()]
}

/** One name with one key, in however many certificates: a path that passes it twice goes in a circle (RFC 4158 2.4.2). */
function sameEntity(a: Certificate, b: Certificate): boolean {
  return a === b || (Buffer.compare(a.spki, b.spki) === 0 && sameName(a.subject, b.subject))
}
