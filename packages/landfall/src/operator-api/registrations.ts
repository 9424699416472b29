/** `/landfall/registrations`: what became of devices, and all that is known of one. */
import type { FastifyInstance } from 'fastify'
import { visitorOf } from '../access/visits.ts'
import { ProvisioningError } from '../fault.ts'
import { identityView, sightingOf, twinView } from '../hub/views.ts'
import {
  type GroupId,
  groupKeyOf,
  keyOf,
  parseRegistrationId,
  type RegistrationId,
  type RegistrationKey,
} from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import type { JsonObject } from '../json.ts'
import type { Registration } from '../registration/record.ts'
import { renderRegistration } from '../registration/render.ts'
import type { Store } from '../store/store.ts'
import { attemptsOfDevice, attemptView } from './attempts.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { listParameters, pageOf, usualLimit } from './list-page.ts'
import type { OperatorParts } from './parts.ts'

interface Query {
  readonly search?: string
  readonly status?: string
  readonly hub?: string
  readonly group?: string
  readonly order?: 'asc' | 'desc'
  readonly after?: string
  readonly limit?: number
}
const querystring = {
  type: 'object',
  properties: {
    ...listParameters,
    status: { enum: ['assigning', 'assigned', 'failed', 'disabled'] },
    group: { type: 'string', minLength: 1, maxLength: 128 },
  },
}

/** As many as one device's page shows. */
const mostAttempts = 50

export function registrationRoutes(app: FastifyInstance, parts: OperatorParts): void {
  const { store } = parts
  const config = { permission: 'RegistrationStatusRead' } as const

  app.get<{ Querystring: Query }>('/registrations', { schema: { querystring }, config }, async ({ query }) => {
    const { search, status, hub, group, order = 'asc', limit = usualLimit } = query
    const list = { of: 'registrations', sort: 'key', order } as const
    const found = await store.browseRegistrations({
      ...list,
      after: readCursor(query.after, list),
      limit,
      narrow: { idContains: search, status, hub },
      group: group === undefined ? undefined : groupKeyOf(group as GroupId),
    })
    return pageOf(found, registrationRow, (next) => writeCursor(list, next))
  })

  app.get<{ Params: { id: string } }>('/registrations/:id', { config }, async (request) => {
    const id = parseRegistrationId(request.params.id)
    const told = await tellOf(id, parts, visitorOf(request).may('ManagementRead'))
    if (!told) throw new ProvisioningError('registration_not_found', { id })
    return told
  })
}

const registrationRow = (record: Registration): JsonObject => ({
  ...renderRegistration(record),
  enrollmentGroupId: record.group?.id,
})

/** A device that was never let in has attempts and no record. Undefined: nobody ever heard of it. */
async function tellOf(id: RegistrationId, parts: OperatorParts, whole: boolean) {
  const { store } = parts
  const key = keyOf(id)
  const record = await store.registration(key)
  // these have a permission of their own, here as elsewhere
  const attempts = whole ? await attemptsOf(key, record, store) : []
  if (!record && attempts.length === 0) return
  return {
    registration: record && registrationRow(record),
    enrollment: await enrollmentOf(id, record, parts),
    attempts: attempts.map(attemptView),
    ...(whole && record && (await onHub(record, parts))),
  }
}

/** Also what it tried on its hub, where it has another name there. */
async function attemptsOf(key: RegistrationKey, record: Registration | undefined, store: Store) {
  const own = await store.attempts({ key, limit: mostAttempts })
  const { deviceId } = record?.lastAssignment ?? {}
  if (deviceId === undefined || deviceId.toLowerCase() === key) return own
  const there = await attemptsOfDevice(store, deviceId, mostAttempts)
  return [...own, ...there.filter(({ hubCode }) => hubCode !== undefined)]
    .sort((one, other) => other.at - one.at)
    .slice(0, mostAttempts)
}

async function enrollmentOf(id: RegistrationId, record: Registration | undefined, { store }: OperatorParts) {
  if (record?.group) return { kind: 'group', id: record.group.id }
  const individual = await store.individual(keyOf(id))
  return individual && { kind: 'individual', id: individual.registrationId }
}

/** Of hubs that are here; one elsewhere is not asked. */
async function onHub({ lastAssignment }: Registration, parts: OperatorParts): Promise<JsonObject> {
  if (!lastAssignment) return {}
  const { hub, deviceId } = lastAssignment
  const { hubs } = await readSettings(parts)
  if (!hubs.some(({ name, kind }) => name === hub && kind === 'embedded')) return {}
  const [device, twin] = await Promise.all([parts.store.device(hub, deviceId), parts.store.twin(hub, deviceId)])
  if (!device) return {}
  const sighting = await sightingOf(parts.devices, device)
  return { device: withoutKeys(identityView(device, sighting)), twin: twin && twinView(device, twin, sighting) }
}

function withoutKeys({ authentication, ...identity }: JsonObject): JsonObject {
  const { symmetricKey: _, ...rest } = authentication as JsonObject
  return { ...identity, authentication: rest }
}
