/**
 * What the stores of the scale benches hold: registrations as the service writes them, each with its identity and
 * twin on the hub, spread over the groups, so that the members of one stand far apart.
 */
import type { Assignment, Registration } from '../../packages/landfall/src/registration/record.ts'
import {
  device,
  deviceId,
  groupKey,
  hubName,
  localhost,
  member,
  registrationKey,
  start,
  twin,
} from '../../packages/landfall/src/store/contract/samples.ts'

export interface Size {
  readonly registrations: number
  readonly individuals: number
  readonly groups: number
}

export const sizeOf = (registrations: number): Size => ({
  registrations,
  individuals: Math.ceil(registrations / 10),
  groups: Math.ceil(registrations / 100),
})

export const nameOf = (kind: 'pump' | 'valve' | 'plant' | 'none', index: number) =>
  `${kind}-${String(index).padStart(8, '0')}`

export const any = (count: number) => Math.floor(Math.random() * count)
export const aPump = ({ registrations }: Size) => registrationKey(nameOf('pump', any(registrations * 0.9)))
export const aValve = ({ individuals }: Size) => registrationKey(nameOf('valve', any(individuals * 0.5)))
export const aPlant = ({ groups }: Size) => groupKey(nameOf('plant', any(groups)))

/** Anywhere between those that are there, as devices come; `turn` keeps it from coming twice. */
export const newPump = ({ registrations }: Size, turn: number) => `${nameOf('pump', any(registrations))}-${turn}`

/** One of a hundred failed, so that the small store has ten as well; one of ten is on the second hub. */
export function registrationAt(index: number, { groups }: Size): Registration {
  const id = nameOf('pump', index)
  const plant = nameOf('plant', index % groups)
  if (index % 100 === 99)
    return member(id, plant, { status: 'failed', substatus: undefined, assignedHub: undefined, deviceId: undefined })
  return registered(id, plant, index % 10 === 0 ? hubName('second.example') : localhost)
}

export function registered(id: string, plant: string, hub = localhost): Registration {
  const lastAssignment: Assignment = { hub, deviceId: deviceId(id), substatus: 'initialAssignment', at: start }
  const operationId = `5.10b12d962def1418.${id.padEnd(36, '0')}` as Registration['operations'][number]['id']
  return member(id, plant, { assignedHub: hub, lastAssignment, operations: [{ id: operationId, at: start }] })
}

export const deviceOf = (id: string, hub = localhost) =>
  device(id, {
    hub,
    generationId: '639312946918846068',
    authentication: { type: 'selfSigned', primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint },
  })

const $lastUpdated = new Date(start).toISOString()

export const twinOf = (id: string, hub = localhost) =>
  twin(id, {
    hub,
    desiredMetadata: { $lastUpdated, $lastUpdatedVersion: 1 },
    reportedMetadata: { $lastUpdated },
  })

const thumbprint = 'AB'.repeat(32)
