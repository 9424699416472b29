import { useQuery } from '@tanstack/react-query'
import type { AttemptView } from './attempts.ts'
import { call } from './call.ts'
import type { JsonObject } from './json.ts'
import { type Page, useCursorList } from './list.ts'
import { path } from './path.ts'
import { asProblem } from './problem.ts'
import { queryClient } from './query-client.ts'

export type RegistrationStatus = 'unassigned' | 'assigning' | 'assigned' | 'failed' | 'disabled'

/** A registration record as the service API shows it, and the group it came in by. */
export interface RegistrationView {
  readonly registrationId: string
  readonly createdDateTimeUtc: string
  readonly lastUpdatedDateTimeUtc: string
  readonly assignedHub?: string
  readonly deviceId?: string
  readonly status: RegistrationStatus
  readonly substatus?: string
  readonly errorCode?: number
  readonly errorMessage?: string
  readonly etag: string
  readonly enrollmentGroupId?: string
}

export interface RegistrationStory {
  readonly registration?: RegistrationView
  readonly enrollment?: { readonly kind: 'individual' | 'group'; readonly id: string }
  /** The newest first, with their trail. */
  readonly attempts: readonly AttemptView[]
  /** Of an embedded hub. */
  readonly device?: JsonObject
  readonly twin?: JsonObject
}

export interface RegistrationsQuery {
  readonly search?: string
  readonly status?: string
  readonly hub?: string
  readonly group?: string
  readonly order?: 'asc' | 'desc'
}

export const useRegistrations = (query: RegistrationsQuery) =>
  useCursorList<RegistrationView>(['registrations', 'list'], '/landfall/registrations', { ...query })

export const useRegistration = (id: string) =>
  useQuery({
    queryKey: ['registrations', 'one', id],
    queryFn: ({ signal }) => call<RegistrationStory>(path`/landfall/registrations/${id}`, { signal }),
  })

/** The record alone: the device registers again as if for the first time. */
export const deleteRegistration = ({
  registrationId,
  etag,
}: Pick<RegistrationView, 'registrationId'> & { readonly etag?: string }) =>
  call<void>(path`/registrations/${registrationId}`, { method: 'DELETE', ifMatch: etag })

export const registrationsChanged = () => queryClient.invalidateQueries({ queryKey: ['registrations'] })

/** How many records a group has, without reading them. */
export const countRegistrations = async (group: string, signal?: AbortSignal): Promise<number> =>
  (await readRegistrations(group, undefined, { limit: 1, signal })).total ?? 0

/** A page of the records of a group. */
export const readRegistrations = (
  group: string,
  after: string | number | undefined,
  { limit = 200, signal }: { readonly limit?: number; readonly signal?: AbortSignal } = {},
) => call<Page<RegistrationView>>('/landfall/registrations', { query: { group, after, limit }, signal })

/** Of one device, or nothing where it never registered. */
export async function readRegistration(id: string): Promise<RegistrationView | undefined> {
  try {
    return (await call<RegistrationStory>(path`/landfall/registrations/${id}`)).registration
  } catch (error) {
    if (asProblem(error).status === 404) return
    throw error
  }
}

/** The identity on a hub of this service; one that is gone already is as good. */
export async function deleteHubDevice(hub: string, deviceId: string): Promise<void> {
  try {
    await call<void>(path`/landfall/hubs/${hub}/devices/${deviceId}`, { method: 'DELETE' })
  } catch (error) {
    if (asProblem(error).status !== 404) throw error
  }
}
