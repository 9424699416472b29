/** Prometheus metrics, served on the management listener. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Attestation, EnrollmentGroup } from '../enrollment/enrollment.ts'
import { caKeyOf } from '../ids.ts'
import type { Attempt } from '../registration/attempt.ts'
import type { Store } from '../store/store.ts'
import type { Instant } from '../system.ts'

export interface Metrics {
  readonly registry: Registry
  /** One call an attempt, accepted or refused. */
  attempt(attempt: Attempt): void
}

export function makeMetrics(store: Store): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const attempts = new Counter({
    name: 'landfall_registrations_total',
    help: 'Registration attempts by outcome, reason, attestation and transport.',
    labelNames: ['outcome', 'reason', 'attestation', 'transport'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'landfall_registration_seconds',
    help: 'From reading a registration request to its answer.',
    labelNames: ['outcome', 'transport'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  watchStore(registry, store)
  return {
    registry,
    attempt({ outcome, reason, attestation, transport, durationMs }) {
      attempts.inc({ outcome, reason: reason ?? 'none', attestation: attestation ?? 'none', transport })
      seconds.observe({ outcome, transport }, durationMs / 1000)
    },
  }
}

/** How many groups a scrape looks at for the expiry of their certificates; a scrape must stay cheap. */
const mostGroups = 1000

function watchStore(registry: Registry, store: Store): void {
  new Gauge({
    name: 'landfall_stored',
    help: 'What the store holds, by kind.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      for (const [kind, count] of Object.entries(await store.counts())) this.set({ kind }, count)
    },
  })
  new Gauge({
    name: 'landfall_storage_writable',
    help: '1 while the last write succeeded, 0 while the disk refuses.',
    registers: [registry],
    collect() {
      this.set(store.health().writable ? 1 : 0)
    },
  })
  new Gauge({
    name: 'landfall_group_certificate_not_after_seconds',
    help: 'When a signing certificate of an enrollment group expires, seconds since 1970.',
    labelNames: ['group', 'slot'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { group, slot, notAfter } of await expiries(store)) this.set({ group, slot }, notAfter / 1000)
    },
  })
}

interface Expiry {
  readonly group: string
  readonly slot: string
  readonly notAfter: Instant
}

async function expiries(store: Store): Promise<readonly Expiry[]> {
  const { items } = await store.groups({ limit: mostGroups, where: { field: 'attestationType', equals: 'x509' } })
  return (await Promise.all(items.map((group) => expiriesOf(group, store)))).flat()
}

async function expiriesOf({ groupId, attestation }: EnrollmentGroup, store: Store): Promise<readonly Expiry[]> {
  const found = await Promise.all(
    (['primary', 'secondary'] as const).map(async (slot) => {
      const info = await certificateOf(attestation, slot, store)
      return info && { group: groupId, slot, notAfter: Date.parse(info.notAfterUtc) }
    }),
  )
  return found.filter((expiry) => expiry !== undefined)
}

/** It stands in the group itself, or is one that the group refers to. */
async function certificateOf(attestation: Attestation, slot: 'primary' | 'secondary', store: Store) {
  if (attestation.type !== 'x509') return
  if (attestation.kind === 'signingCertificates') return attestation[slot]?.info
  const name = attestation.kind === 'caReferences' ? attestation[slot] : undefined
  return name === undefined ? undefined : (await store.caCertificate(caKeyOf(name)))?.certificate.info
}
