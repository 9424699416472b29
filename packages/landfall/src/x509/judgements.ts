/** What the rules say of a path, one by one: the same functions that refuse, asked again for those who want to know why. */
import { catalogue, type Facts, type Reason, sentenceOf } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Certificate } from './certificate.ts'
import { Comparisons } from './name-constraints.ts'
import { type Circumstances, type Place, rules } from './rules.ts'

/** One rule as it was judged on one certificate. */
export interface Judgement {
  readonly rule: Reason
  /** Where the rule stands. */
  readonly section: string
  readonly ok: boolean
  readonly certificate: Certificate
  /** A sentence for people. */
  readonly says: string
}

export const judgement = (rule: Reason, certificate: Certificate, ok: boolean, says: string): Judgement => ({
  rule,
  section: catalogue[rule].section,
  ok,
  certificate,
  says,
})

/** Every rule on every certificate that it concerns, whatever failed before. */
export function judgementsOf(path: readonly Certificate[], search: Circumstances): readonly Judgement[] {
  const circumstances = { ...search, comparisons: new Comparisons() }
  const places = path.map((certificate, index) => ({ certificate, index, path }))
  return rules.flatMap((rule) =>
    places.filter(rule.concerns).map((place) => {
      const { certificate } = place
      const facts = rule.broken(place, circumstances)
      const says = facts
        ? sentenceOf(rule.reason, { ...commonFacts(place), ...facts })
        : `"${subjectOf(certificate)}" ${rule.holds}.`
      return judgement(rule.reason, certificate, facts === undefined, says)
    }),
  )
}

/** The links of a path were checked on the way up. Weak and unknown algorithms are for the rules to tell. */
export function signaturesOf(path: readonly Certificate[]): readonly Judgement[] {
  return path.slice(0, -1).map((certificate) => {
    const says = `"${subjectOf(certificate)}" is issued by "${printable(certificate.issuer.text)}".`
    return judgement('signature_invalid', certificate, true, says)
  })
}

export const commonFacts = ({ certificate, index }: Place): Facts => ({
  subject: subjectOf(certificate),
  issuer: printable(certificate.issuer.text),
  position: index + 1,
})

export const subjectOf = (certificate: Certificate): string =>
  certificate.subject.empty
    ? `(no subject, SHA-256 ${certificate.sha256Thumbprint})`
    : printable(certificate.subject.text)
