/** Where each kind of thing has its page, below /portal. */
import type { AuditKind } from '../api/audit.ts'

/** Undefined: it has none. */
export function hrefOf(kind: AuditKind, id: string): string | undefined {
  const place = places[kind]
  if (place === undefined) return
  return place.endsWith('/') ? place + encodeURIComponent(id) : place
}

/** The devices that were not let in: by one hub, or by all. */
export const hubRefusalsHref = (hub?: string): string =>
  `/registrations?tab=hubs${hub === undefined ? '' : `&hub=${encodeURIComponent(hub)}`}`

const places: Readonly<Record<AuditKind, string | undefined>> = {
  group: '/enrollments/groups/',
  individual: '/enrollments/individual/',
  registration: '/registrations/',
  caCertificate: '/certificates/',
  // what is on a hub is shown with the device of that name
  device: '/registrations/',
  twin: '/registrations/',
  module: undefined,
  moduleTwin: undefined,
  configuration: undefined,
  job: undefined,
  policy: '/policies/',
  hub: '/hubs/',
  allocationPolicy: '/allocation-policy',
  token: '/policies?tab=tokens',
  instance: '/',
}
