/** Prometheus metrics, served on the management listener. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditEntry } from '../audit/entry.ts'
import type { Attempt } from '../registration/attempt.ts'
import type { Store } from '../store/store.ts'

export interface Metrics {
  readonly registry: Registry
  /** One call an attempt, accepted or refused. */
  attempt(attempt: Attempt): void
  /** One call a change through any API. */
  change(entry: AuditEntry): void
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
  const changes = new Counter({
    name: 'landfall_changes_total',
    help: 'Changes through any API, by kind of thing and action.',
    labelNames: ['kind', 'action'],
    registers: [registry],
  })
  watchStore(registry, store)
  return {
    registry,
    attempt({ outcome, reason, attestation, transport, durationMs }) {
      attempts.inc({ outcome, reason: reason ?? 'none', attestation: attestation ?? 'none', transport })
      seconds.observe({ outcome, transport }, durationMs / 1000)
    },
    change({ target: { kind }, action }) {
      changes.inc({ kind, action })
    },
  }
}

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
}
