/** One question to the path validator and its answer, as contract/cert-check 2 writes them. */
import { hash } from 'node:crypto'
import { type Facts, type Reason, sentenceOf } from '../fault.ts'
import { isRegistrationId, isSameId, printable, type RegistrationId } from '../ids.ts'
import { isJsonObject } from '../json.ts'
import type { Instant } from '../system.ts'
import { isSupported, makePublicKey } from '../x509/algorithms.ts'
import { type Certificate, knownCertificate, MalformedCertificate } from '../x509/certificate.ts'
import { longestCommonName } from '../x509/names.ts'
import { chainBudget, defaultSkewMs, findPath, type PathAnswer } from '../x509/path.ts'
import type { Purpose } from '../x509/rules.ts'

export interface Question {
  readonly id?: string
  readonly anchors: readonly Uint8Array[]
  /** Leaf first. */
  readonly chain: readonly Uint8Array[]
  readonly at: Instant
  readonly purpose: Purpose
  readonly skewMs: number
  readonly registrationId?: string
}

/** `found` is for those who want more than the verdict; absent where nothing could be searched. */
export interface Verdict {
  readonly accepted: boolean
  readonly reason?: Reason
  /** Lower-case hex SHA-256 of the certificate to blame. */
  readonly certificate?: string
  readonly message?: string
  readonly found?: PathAnswer
}

/** The line is no question. The message is a sentence. */
export class NoQuestion extends Error {}

export const purposes: readonly Purpose[] = ['clientAuth', 'serverAuth', 'any']

export function readQuestion(value: unknown, now: Instant): Question {
  if (!isJsonObject(value)) throw new NoQuestion('The line is JSON, but no object.')
  const { anchors, chain, at, purpose = 'clientAuth', skewSeconds } = value
  return {
    id: optionalString(value.id, 'id'),
    anchors: readDers(anchors, 'anchors'),
    chain: readDers(chain, 'chain'),
    at: at === undefined ? now : readInstant(at),
    purpose: readPurpose(purpose),
    skewMs: skewSeconds === undefined ? defaultSkewMs : readSkew(skewSeconds),
    registrationId: optionalString(value.registrationId, 'registrationId'),
  }
}

function optionalString(value: unknown, member: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw new NoQuestion(`"${member}" is not a string.`)
}

/** More than a line of 4 MiB holds of real ones; a million empty ones would take seconds. */
const mostCertificates = 10_000

function readDers(value: unknown, member: string): readonly Uint8Array[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new NoQuestion(`"${member}" is not an array of base64 strings.`)
  if (value.length > mostCertificates) throw new NoQuestion(`"${member}" has more than ${mostCertificates} items.`)
  return value.map((text, index) => {
    if (typeof text !== 'string' || !isBase64(text))
      throw new NoQuestion(`"${member}" item ${index + 1} is not base64.`)
    return Uint8Array.from(Buffer.from(text, 'base64'))
  })
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** ISO 8601 with an offset. */
export function readInstant(value: unknown): Instant {
  const instant = typeof value === 'string' && instantPattern.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(instant) || !isOfCalendar(String(value)))
    throw new NoQuestion('"at" is not an ISO 8601 time with an offset, like 2030-01-01T00:00:00Z.')
  return instant
}

/** Date.parse takes the 30th of February for the 2nd of March. */
const isOfCalendar = (text: string): boolean =>
  new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))

function readPurpose(value: unknown): Purpose {
  const purpose = purposes.find((known) => known === value)
  if (purpose === undefined) throw new NoQuestion(`"purpose" is none of ${purposes.join(', ')}.`)
  return purpose
}

function readSkew(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) throw new NoQuestion('"skewSeconds" is not a number of 0 or more.')
  return value * 1000
}

/** The path first, then what ties the leaf to the registration id. */
export function judge(question: Question): Verdict {
  const { registrationId: id } = question
  if (id !== undefined && !isRegistrationId(id)) return refused('bad_id', { id: printable(id) })
  const [first, ...rest] = question.chain
  if (first === undefined) return refused('chain_missing', { id })
  const bytes = question.chain.reduce((sum, der) => sum + der.length, 0)
  if (bytes > chainBudget.bytes) return refused('chain_too_large', { id, limitBytes: chainBudget.bytes })
  const leaf = parse(first, readLeaf)
  if ('why' in leaf) return refused('malformed', { id, position: 1, why: leaf.why }, first)
  const verdict = judgePath(question, leaf, rest)
  return verdict.accepted && id !== undefined ? { ...verdict, ...judgeName(leaf, id) } : verdict
}

function judgePath(question: Question, leaf: Certificate, rest: readonly Uint8Array[]): Verdict {
  const { at, purpose, skewMs, registrationId: id } = question
  const others = rest.map((der) => parse(der))
  const anchors = question.anchors.map((der) => parse(der))
  const found = findPath({
    leaf,
    others: others.filter(isWhole),
    anchors: anchors.filter(isWhole),
    at,
    purpose,
    skewMs,
    id,
  })
  if (found.kind === 'path') return { accepted: true, found }
  const { reason, facts } = found.fault
  const broken = [...others, ...anchors].find((parsed): parsed is Broken => 'why' in parsed)
  // what is missing may be what could not be read
  if (broken && missing.has(reason)) return { ...refused('malformed', { id, why: broken.why }, broken.der), found }
  return { ...refused(reason, facts, found.certificate?.der), found }
}

const missing: ReadonlySet<Reason> = new Set<Reason>(['chain_incomplete', 'anchor_unknown', 'signature_invalid'])

// contract/semantics 4.13, 4.14, 18 rows 31-33
function judgeName(leaf: Certificate, id: RegistrationId): Verdict | undefined {
  const { commonName, text } = leaf.subject
  if (commonName === undefined) return refused('no_common_name', { id, subject: printable(text) }, leaf.der)
  if (commonName.length > longestCommonName) {
    const why = `its common name is longer than ${longestCommonName} characters`
    return refused('malformed', { id, subject: printable(text), position: 1, why }, leaf.der)
  }
  if (isSameId(commonName, id)) return
  return refused('id_mismatch', { id, commonName: printable(commonName) }, leaf.der)
}

interface Broken {
  readonly der: Uint8Array
  readonly why: string
}

function parse(der: Uint8Array, read = knownCertificate): Certificate | Broken {
  try {
    return read(der)
  } catch (error) {
    if (error instanceof MalformedCertificate) return { der, why: error.why }
    throw error
  }
}

/** With a key that is one: in the service TLS has used it before anybody looks at it, here nobody has. */
function readLeaf(der: Uint8Array): Certificate {
  const leaf = knownCertificate(der)
  if (isSupported(leaf.keyKind)) makePublicKey(leaf.spki)
  return leaf
}

const isWhole = (parsed: Certificate | Broken): parsed is Certificate => !('why' in parsed)

function refused(reason: Reason, facts: Facts, der?: Uint8Array): Verdict {
  const certificate = der && hash('sha256', der, 'hex')
  return { accepted: false, reason, certificate, message: sentenceOf(reason, facts) }
}
