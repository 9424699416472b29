/**
 * Whatever expires soon or has expired: the service's own certificates, uploaded CA certificates, and those that
 * enrollments hold. The first two are few and come first; of the rest a page costs its own length.
 */
import type { ExpiringSlot, Store } from '../store/store.ts'
import { type Clock, type Instant, machineNow } from '../system.ts'
import type { CertificateInfo } from '../x509/certificate.ts'

export interface Expiring {
  readonly kind: 'server' | 'caCertificate' | 'group' | 'individual'
  /** Of the certificate where it has one, else the id of the enrollment that holds it. */
  readonly name: string
  readonly slot?: 'primary' | 'secondary'
  readonly subject: string
  readonly notAfterUtc: string
  /** Whole days; below zero once it has expired. */
  readonly daysLeft: number
  readonly expired: boolean
}

/** A certificate that this service shows its own clients. */
export interface OwnCertificate {
  readonly name: string
  readonly subject: string
  readonly notAfter: Instant
}

export interface ExpiryParts {
  readonly store: Pick<Store, 'caCertificates' | 'expiringSlots'>
  readonly clock: Clock
  readonly ownCertificates: () => readonly OwnCertificate[]
}

/** Where the next page begins. */
interface Position {
  readonly shelf: number
  readonly slot?: Pick<ExpiringSlot, 'notAfterUtc' | 'key'>
}

export interface ExpiringPage {
  readonly items: readonly Expiring[]
  readonly next?: Position
}

export interface ExpiringQuestion {
  readonly days: number
  readonly after?: Position
  /** At least one; the few that come first are not counted. */
  readonly limit: number
}

const dayMs = 86_400_000

const shelves = [
  { kind: 'group', slot: 'primary' },
  { kind: 'group', slot: 'secondary' },
  { kind: 'individual', slot: 'primary' },
  { kind: 'individual', slot: 'secondary' },
] as const

export async function expiringCertificates(question: ExpiringQuestion, parts: ExpiryParts): Promise<ExpiringPage> {
  const { days, after = { shelf: 0 }, limit } = question
  const at = parts.clock.now()
  const until = `${new Date(at + days * dayMs).toISOString().slice(0, 19)}Z`
  const items: Expiring[] = question.after === undefined ? [...(await theFew(days, parts))] : []
  let left = limit
  for (const [shelf, place] of shelves.entries()) {
    if (shelf < after.shelf) continue
    const from = shelf === after.shelf ? after.slot : undefined
    const found = await parts.store.expiringSlots({ ...place, until, after: from, limit: left + 1 })
    const page = found.slice(0, left)
    items.push(...page.map((slot) => enrolled(slot, place, at)))
    // one more than asked for tells whether there is a next page
    if (found.length > left) return { items, next: { shelf, slot: page.at(-1) } }
    left -= page.length
  }
  return { items }
}

async function theFew(days: number, { store, clock, ownCertificates }: ExpiryParts): Promise<readonly Expiring[]> {
  // clients judge what the service shows them by their own clocks
  const own = ownCertificates().map(({ name, subject, notAfter }) =>
    expiring({ kind: 'server', name, subject, notAfterUtc: toSecond(notAfter) }, machineNow(clock)),
  )
  const cas = (await store.caCertificates()).map(({ name, certificate: { info } }) =>
    expiring({ kind: 'caCertificate', name, subject: info.subjectName, notAfterUtc: info.notAfterUtc }, clock.now()),
  )
  return [...own, ...cas].filter(({ daysLeft, expired }) => expired || daysLeft < days).toSorted(sooner)
}

/** The same of one certificate, for whoever shows it. */
export const lifeOf = ({ notAfterUtc }: Pick<CertificateInfo, 'notAfterUtc'>, at: Instant) => {
  const leftMs = Date.parse(notAfterUtc) - at
  return { daysLeft: Math.floor(leftMs / dayMs), expired: leftMs < 0 }
}

const sooner = (one: Expiring, other: Expiring): number =>
  one.kind === other.kind ? (one.notAfterUtc < other.notAfterUtc ? -1 : 1) : one.kind === 'server' ? -1 : 1

const enrolled = ({ id, subjectName, notAfterUtc }: ExpiringSlot, place: (typeof shelves)[number], at: Instant) =>
  expiring({ ...place, name: id, subject: subjectName, notAfterUtc }, at)

const expiring = (certificate: Omit<Expiring, 'daysLeft' | 'expired'>, at: Instant): Expiring => ({
  ...certificate,
  ...lifeOf(certificate, at),
})

const toSecond = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`
