/**
 * What conditions ask for beside the id, folded into one text that is one column of one index. A million
 * registrations have a dozen different facets; an index for each field would cost every registration three writes
 * to a page of its own.
 */
import type { Enrollment } from '../../enrollment/enrollment.ts'
import type { HubDevice } from '../../hub/device.ts'
import type { Registration } from '../../registration/record.ts'
import type { Condition } from '../store.ts'

export interface Facets {
  readonly status: string
  readonly attestationType: string
  readonly hubs: readonly string[]
}

/** Text compares without letter case (contract/service-api 8). */
export const folded = (text: string) => text.toLowerCase()

export const facetsOfEnrollment = ({ provisioningStatus, attestation, iotHubs = [] }: Enrollment) =>
  writeFacets(provisioningStatus, attestation.type, iotHubs.toSorted())

export const facetsOfRegistration = ({ status, attestation, assignedHub }: Registration) =>
  writeFacets(status, attestation, assignedHub === undefined ? [] : [assignedHub])

export const facetsOfDevice = ({ status, authentication, hub }: HubDevice) =>
  writeFacets(status, authentication.type, [hub])

function writeFacets(status: string, attestationType: string, hubs: readonly string[]): string {
  return folded(JSON.stringify([status, attestationType, ...hubs]))
}

export function readFacets(text: string): Facets {
  const [status = '', attestationType = '', ...hubs] = JSON.parse(text) as string[]
  return { status, attestationType, hubs }
}

export function facetMatches(condition: Extract<Condition, { field: unknown }>, facets: Facets): boolean {
  const values = valuesOf(condition.field, facets)
  if ('equals' in condition) return values.includes(folded(condition.equals))
  const prefix = folded(condition.startsWith)
  return values.some((value) => value.startsWith(prefix))
}

function valuesOf(field: Extract<Condition, { field: unknown }>['field'], facets: Facets): readonly string[] {
  if (field === 'hub') return facets.hubs
  return [field === 'status' ? facets.status : facets.attestationType]
}
