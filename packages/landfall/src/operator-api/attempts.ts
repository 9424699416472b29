/** `/landfall/attempts`: what devices tried and what came of it, step by step. */
import type { FastifyInstance } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import {
  type DeviceId,
  isRegistrationId,
  keyOf,
  parseDeviceId,
  printable,
  type RegistrationKey,
  type TrackingId,
} from '../ids.ts'
import type { Attempt } from '../registration/attempt.ts'
import type { Store } from '../store/store.ts'
import type { OperatorParts } from './parts.ts'

/** As many as the store remembers of one device is more than a person reads. */
const most = 200

interface Query {
  readonly registrationId?: string
  /** What it tried under this id on its hub, letter by letter; registering under it is told too. */
  readonly deviceId?: string
  readonly limit?: number
}
const querystring = {
  type: 'object',
  properties: {
    registrationId: { type: 'string', maxLength: 128 },
    deviceId: { type: 'string', maxLength: 128 },
    limit: { type: 'integer', minimum: 1, maximum: most },
  },
}

export function attemptRoutes(app: FastifyInstance, { store, devices }: OperatorParts): void {
  app.get<{ Params: { trackingId: string } }>('/attempts/:trackingId', async ({ params: { trackingId } }) => {
    const attempt = (await store.attempt(trackingId as TrackingId)) ?? devices.refusedConnect(trackingId)
    if (!attempt) throw new ProvisioningError('attempt_not_found', { what: `tracking id "${printable(trackingId)}"` })
    return attemptView(attempt)
  })

  app.get<{ Querystring: Query }>('/attempts', { schema: { querystring } }, async (asked) => {
    const { registrationId, deviceId, limit = 20 } = asked.query
    if (deviceId !== undefined) return (await attemptsOfDevice(store, parseDeviceId(deviceId), limit)).map(attemptView)
    if (registrationId !== undefined && !isRegistrationId(registrationId))
      throw new ProvisioningError('bad_id', { id: printable(registrationId) })
    const key = registrationId === undefined ? undefined : keyOf(registrationId)
    return (await store.attempts({ key, limit })).map(attemptView)
  })
}

/** Ids that differ in letter case alone are two devices, and one registration. */
export async function attemptsOfDevice(store: Store, deviceId: DeviceId, limit: number): Promise<readonly Attempt[]> {
  const key = deviceId.toLowerCase() as RegistrationKey
  const found = await store.attempts({ key, limit: most })
  return found.filter((attempt) => attempt.deviceId === deviceId || attempt.deviceId === undefined).slice(0, limit)
}

export const attemptView = ({ at, key: _, ...attempt }: Attempt) => ({ ...attempt, at: new Date(at).toISOString() })
