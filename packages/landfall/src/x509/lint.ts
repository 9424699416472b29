/** What would be refused, what will be later, and what is unusual: told before a certificate is burnt into a device. */
import { type Reason, sentenceOf } from '../fault.ts'
import { isRegistrationId, printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import type { Certificate } from './certificate.ts'
import { longestCommonName } from './names.ts'
import { defaultSkewMs } from './path.ts'
import { rules } from './rules.ts'

export interface Finding {
  /** `error`: it is refused as it stands. */
  readonly severity: 'error' | 'warning'
  /** A reason of the catalogue where it is one, else a name of the linter's own. */
  readonly rule: string
  readonly says: string
  /** 1-based, in the order given. */
  readonly position?: number
}

export interface LintQuestion {
  readonly at: Instant
  /** It is to be an issuer, whatever it says of itself: the signing certificate of a group. */
  readonly asIssuer?: boolean
  /** Ends within this many days: told (default 30). */
  readonly soonDays?: number
}

const dayMs = 86_400_000
const isCa = ({ extensions }: Certificate) => extensions.basicConstraints?.ca === true

/** One certificate by itself. */
export function lintCertificate(certificate: Certificate, question: LintQuestion): readonly Finding[] {
  const isIssuer = question.asIssuer === true || isCa(certificate)
  return [
    ...brokenRules(certificate, isIssuer, question.at),
    ...(isIssuer ? [] : nameFindings(certificate)),
    ...(isCa(certificate) ? caFindings(certificate, question.asIssuer === true) : []),
    ...dateFindings(certificate, question),
    ...serialFindings(certificate),
  ]
}

const ofWholePaths: ReadonlySet<Reason> = new Set<Reason>(['policy', 'name_constraint', 'path_length'])

/** The rules of a path, on the certificate alone: as an issuer where it is one or shall be one, else as a device's. */
function brokenRules(certificate: Certificate, isIssuer: boolean, at: Instant): readonly Finding[] {
  // a root stands at the end of a path, where its signature is not looked at
  const above = isIssuer && certificate.selfIssued ? [] : [certificate]
  const place = { certificate, index: isIssuer ? 1 : 0, path: [certificate, certificate, ...above] }
  const circumstances = { at, skewMs: defaultSkewMs, purpose: 'clientAuth' } as const
  return rules
    .filter((rule) => !ofWholePaths.has(rule.reason) && rule.concerns(place))
    .flatMap((rule) => {
      const facts = rule.broken(place, circumstances)
      const subject = printable(certificate.subject.text)
      return facts ? [error(rule.reason, sentenceOf(rule.reason, { subject, ...facts }))] : []
    })
}

export const error = (rule: string, says: string): Finding => ({ severity: 'error', rule, says })
export const warning = (rule: string, says: string): Finding => ({ severity: 'warning', rule, says })

/** contract/semantics 1.1, 1.4 */
function nameFindings({ subject: { commonName } }: Certificate): readonly Finding[] {
  if (commonName === undefined)
    return [warning('no_common_name', 'It has no common name, so no device can register with it.')]
  if (commonName.length > longestCommonName)
    return [
      warning(
        'bad_id',
        `Its common name is longer than ${longestCommonName} characters, so no device can register with it.`,
      ),
    ]
  if (isRegistrationId(commonName)) return []
  return [
    warning(
      'bad_id',
      `Its common name is no legal registration id: "${printable(commonName)}". Use letters, digits, "-", ".", "_" or ":", and end with a letter, a digit or "-".`,
    ),
  ]
}

function caFindings({ extensions, subject, selfIssued }: Certificate, asIssuer: boolean): readonly Finding[] {
  const { keyUsage, subjectKeyId, extendedKeyUsage, basicConstraints } = extensions
  const clientAuth = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0']
  const findings: readonly (readonly [boolean, string, string])[] = [
    [
      !asIssuer && isRegistrationId(subject.commonName ?? ''),
      'leaf_is_ca',
      'It is a CA. Where it is meant for a device, issue it without CA:TRUE.',
    ],
    [keyUsage === undefined, 'no_key_usage', 'It is a CA without key usage, which RFC 5280 4.2.1.3 demands.'],
    [
      subjectKeyId === undefined,
      'no_subject_key_id',
      'It is a CA without subject key id, which RFC 5280 4.2.1.2 demands.',
    ],
    [
      extendedKeyUsage !== undefined && !extendedKeyUsage.some((use) => clientAuth.includes(use)),
      'ca_extended_key_usage',
      'It is a CA whose extended key usage lacks clientAuth; TLS libraries that mind it refuse the devices below.',
    ],
    [
      selfIssued && basicConstraints?.pathLength === 0,
      'no_room',
      'It is a root with a path length of 0: no intermediate can ever stand below it.',
    ],
  ]
  return findings.filter(([found]) => found).map(([, rule, says]) => warning(rule, says))
}

function dateFindings({ version, notAfter, notBefore }: Certificate, { at, soonDays = 30 }: LintQuestion) {
  const left = Math.floor((notAfter - at) / dayMs)
  // the last third, where the whole life is short
  const soon = notAfter - at < Math.min(soonDays * dayMs, (notAfter - notBefore) / 3)
  const findings: Finding[] = []
  if (version !== 3) {
    const says = `It is of version ${version}: it can be no CA, and some software refuses it.`
    findings.push(warning('old_version', says))
  }
  if (at <= notAfter && soon)
    findings.push(
      warning('expires_soon', `It expires in ${left === 1 ? '1 day' : `${left} days`}, at ${iso(notAfter)}.`),
    )
  if (notBefore > notAfter) findings.push(error('never_valid', 'It ends before it begins.'))
  return findings
}

const iso = (at: Instant) => new Date(at).toISOString()

// RFC 5280 4.1.2.2: a positive integer
function serialFindings({ serial }: Certificate): readonly Finding[] {
  if (/^0*$/.test(serial))
    return [warning('serial', 'Its serial number is 0; RFC 5280 4.1.2.2 demands a positive one.')]
  if (Number.parseInt(serial.slice(0, 2), 16) >= 0x80) return [warning('serial', 'Its serial number is negative.')]
  if (serial.length > 40) return [warning('serial', 'Its serial number is longer than 20 octets.')]
  return []
}
