/** When certificates expire, as gauges: alert on `… - time() < 86400 * 14`. */
import { Gauge, type Registry } from 'prom-client'
import type { Attestation, EnrollmentGroup } from '../enrollment/enrollment.ts'
import { caKeyOf } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { Instant } from '../system.ts'

interface Watched {
  readonly store: Store
  /** Those that this service shows its own clients. */
  readonly ownCertificates: () => readonly { readonly name: string; readonly notAfter: Instant }[]
}

export function watchExpiry(registry: Registry, { store, ownCertificates }: Watched): void {
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
  new Gauge({
    name: 'landfall_ca_certificate_not_after_seconds',
    help: 'When an uploaded CA certificate expires, seconds since 1970.',
    labelNames: ['name'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { name, certificate } of await store.caCertificates())
        this.set({ name }, Date.parse(certificate.info.notAfterUtc) / 1000)
    },
  })
  new Gauge({
    name: 'landfall_server_certificate_not_after_seconds',
    help: 'When a certificate that this service shows its clients expires, seconds since 1970.',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      for (const { name, notAfter } of ownCertificates()) this.set({ name }, notAfter / 1000)
    },
  })
}

/** How many groups a scrape looks at; it must stay cheap. */
const mostGroups = 1000

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
