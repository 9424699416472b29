import { useMutation, useQuery } from '@tanstack/react-query'
import type { AttemptView } from './attempts.ts'
import { call } from './call.ts'
import type { JsonObject } from './json.ts'
import { useCursorList } from './list.ts'
import { path } from './path.ts'
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
export const deleteRegistration = ({ registrationId, etag }: Pick<RegistrationView, 'registrationId' | 'etag'>) =>
  call<void>(path`/registrations/${registrationId}`, { method: 'DELETE', ifMatch: etag })

export const registrationsChanged = () => queryClient.invalidateQueries({ queryKey: ['registrations'] })

export const useDeleteRegistration = () =>
  useMutation({ mutationFn: deleteRegistration, onSuccess: registrationsChanged })
