/** `/landfall/enrollments/groups|individual`: the lists of the portal; the service API has the enrollments themselves. */
import type { FastifyInstance } from 'fastify'
import type { Enrollment } from '../enrollment/enrollment.ts'
import type { JsonObject } from '../json.ts'
import type { Browsed, BrowseRequest } from '../store/store.ts'
import { type ListName, readCursor, writeCursor } from './cursor.ts'
import { listParameters, type Page, pageOf, usualLimit } from './list-page.ts'
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

type Browse<Key extends string> = (request: BrowseRequest<Key>) => Promise<Browsed<Enrollment, Key>>

export function enrollmentListRoutes(app: FastifyInstance, { store }: OperatorParts): void {
  const options = { schema: { querystring }, config: { permission: 'EnrollmentRead' } } as const

  app.get<{ Querystring: Query }>('/enrollments/groups', options, ({ query }) =>
    listed('groups', query, store.browseGroups),
  )

  app.get<{ Querystring: Query }>('/enrollments/individual', options, ({ query }) =>
    listed('individual', query, store.browseIndividuals),
  )
}

async function listed<Key extends string>(of: ListName['of'], query: Query, browse: Browse<Key>): Promise<Page> {
  const { search, status, attestation, hub, sort = 'id', order = 'asc', limit = usualLimit } = query
  const list = { of, sort: sorts[sort], order }
  const narrow = { idContains: search, status, attestationType: attestation, hub }
  const found = await browse({ ...list, after: readCursor<Key>(query.after, list), limit, narrow })
  return pageOf(found, enrollmentRow, (next) => writeCursor(list, next))
}

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
