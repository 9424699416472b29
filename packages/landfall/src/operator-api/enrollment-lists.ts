/** `/landfall/enrollments/groups|individual`: the lists of the portal; the service API has the enrollments themselves. */
import type { FastifyInstance } from 'fastify'
import { visitorOf } from '../access/visits.ts'
import type { Enrollment, EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { JsonObject } from '../json.ts'
import type { Browsed, BrowseRequest } from '../store/store.ts'
import { type ListName, readCursor, writeCursor } from './cursor.ts'
import { listParameters, pageOf, usualLimit } from './list-page.ts'
import type { OperatorParts } from './parts.ts'

interface Query {
  readonly search?: string
  readonly status?: string
  readonly attestation?: string
  readonly hub?: string
  readonly sort?: keyof typeof sorts
  readonly order?: 'asc' | 'desc'
  readonly after?: string
  readonly limit?: number
}

const sorts = { id: 'key', created: 'created', updated: 'updated' } as const
const querystring = {
  type: 'object',
  properties: {
    ...listParameters,
    status: { enum: ['enabled', 'disabled'] },
    attestation: { enum: ['x509', 'symmetricKey', 'tpm'] },
    sort: { enum: Object.keys(sorts) },
  },
}

/** More devices of a group are not counted: the list says "1,000+". */
const mostCounted = 1000

export function enrollmentListRoutes(app: FastifyInstance, { store }: OperatorParts): void {
  const options = { schema: { querystring }, config: { permission: 'EnrollmentRead' } } as const

  app.get<{ Querystring: Query }>('/enrollments/groups', options, async (request) => {
    const { found, list } = await browsed('groups', request.query, store.browseGroups)
    const mayCount = visitorOf(request).may('RegistrationStatusRead')
    const keys = mayCount ? found.items.map(({ key }) => key) : []
    const counts = await store.registrationCounts(keys, mostCounted + 1)
    const row = (group: EnrollmentGroup) => ({ ...enrollmentRow(group), ...countOf(counts.get(group.key)) })
    return pageOf(found, row, (next) => writeCursor(list, next))
  })

  app.get<{ Querystring: Query }>('/enrollments/individual', options, async ({ query }) => {
    const { found, list } = await browsed('individual', query, store.browseIndividuals)
    // as the service API has it with the enrollment
    const records = await store.registrationsOf(found.items.map(({ key }) => key))
    const hubs = new Map(records.map(({ key, assignedHub }) => [key, assignedHub]))
    const row = (one: IndividualEnrollment) => ({ ...enrollmentRow(one), assignedHub: hubs.get(one.key) })
    return pageOf(found, row, (next) => writeCursor(list, next))
  })
}

type Browse<Item, Key extends string> = (request: BrowseRequest<Key>) => Promise<Browsed<Item, Key>>

async function browsed<Item, Key extends string>(of: ListName['of'], query: Query, browse: Browse<Item, Key>) {
  const { search, status, attestation, hub, sort = 'id', order = 'asc', limit = usualLimit } = query
  const list = { of, sort: sorts[sort], order }
  const narrow = { idContains: search, status, attestationType: attestation, hub }
  return { list, found: await browse({ ...list, after: readCursor<Key>(query.after, list), limit, narrow }) }
}

const countOf = (count: number | undefined): JsonObject =>
  count === undefined
    ? {}
    : { registrations: Math.min(count, mostCounted), registrationsAreExact: count <= mostCounted }

/** What a row shows. Keys and certificates stay behind. */
function enrollmentRow(enrollment: Enrollment): JsonObject {
  const { attestation, provisioningStatus, allocationPolicy, iotHubs = [], etag } = enrollment
  return {
    ...(enrollment.kind === 'group'
      ? { id: enrollment.groupId }
      : { id: enrollment.registrationId, registrationId: enrollment.registrationId, deviceId: enrollment.deviceId }),
    attestation: attestation.type,
    attestationKind: attestation.type === 'x509' ? attestation.kind : undefined,
    status: provisioningStatus,
    allocationPolicy,
    iotHubs: [...iotHubs],
    createdDateTimeUtc: new Date(enrollment.createdAt).toISOString(),
    lastUpdatedDateTimeUtc: new Date(enrollment.updatedAt).toISOString(),
    etag,
  }
}
