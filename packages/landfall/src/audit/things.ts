/** The things that changes change: how each is read, called and shown. */
import { isDeepStrictEqual } from 'node:util'
import type { EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { Etag } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { BackEndChange, Change, Kind, Store } from '../store/store.ts'
import type { AuditTarget } from './entry.ts'
import { changedParts } from './settings-parts.ts'
import {
  caView,
  configurationView,
  deviceView,
  enrollmentView,
  jobView,
  moduleView,
  registrationView,
  twinView,
} from './views.ts'

export interface Stored {
  readonly etag: Etag
}

/** What is told of a thing, its secrets still in it. */
export interface Told {
  readonly target: AuditTarget
  readonly before?: JsonObject
  readonly after?: JsonObject
}

export interface Thing<Value extends Stored = Stored> {
  readonly kind: Kind
  /** As a Conflict names it. */
  readonly key: string
  read(store: Store): Promise<Value | undefined>
  tell(before: Value | undefined, after: Value | undefined): readonly Told[]
}

type Put = Extract<Change, { put: unknown }>
type Delete = Extract<Change, { delete: unknown }>

/** Undefined: nothing of which the log tells by itself. */
export function thingOf(change: Change): Thing | undefined {
  if ('put' in change) return thingPut(change)
  return 'delete' in change ? thingDeleted(change) : undefined
}

function thingPut(change: Put): Thing | undefined {
  switch (change.put) {
    case 'individual':
      return individual(change.value.key)
    case 'group':
      return group(change.value.key)
    case 'caCertificate':
      return caCertificate(change.value.key)
    case 'registration':
      return registration(change.value.key)
    case 'device':
      return device(change.value)
    case 'twin':
      return twin(change.value)
    case 'settings':
      return settings
    case 'module':
      return module(change.value)
    case 'moduleTwin':
      return moduleTwin(change.value)
    case 'configuration':
      return configuration(change.value)
    case 'job':
      return job(change.value)
    case 'operation':
      return undefined
  }
}

function thingDeleted(change: Delete): Thing | undefined {
  switch (change.delete) {
    case 'individual':
      return individual(change.key)
    case 'group':
      return group(change.key)
    case 'caCertificate':
      return caCertificate(change.key)
    case 'registration':
      return registration(change.key)
    case 'device':
      return device(change)
    case 'module':
      return module(change)
    case 'configuration':
      return configuration(change)
    case 'job':
      return job(change)
    case 'hub':
    case 'operation':
      return undefined
  }
}

type KeyOf<Change extends Delete['delete']> = Extract<Delete, { delete: Change; key: unknown }>['key']
type Place = Pick<Extract<Delete, { delete: 'device' }>, 'hub' | 'deviceId'>

const individual = (key: KeyOf<'individual'>): Thing => ({
  kind: 'individual',
  key,
  read: (store) => store.individual(key),
  tell: telling<IndividualEnrollment>(
    ({ registrationId }) => ({ kind: 'individual', id: registrationId }),
    enrollmentView,
  ),
})

const group = (key: KeyOf<'group'>): Thing => ({
  kind: 'group',
  key,
  read: (store) => store.group(key),
  tell: telling<EnrollmentGroup>(({ groupId }) => ({ kind: 'group', id: groupId }), enrollmentView),
})

const caCertificate = (key: KeyOf<'caCertificate'>): Thing => ({
  kind: 'caCertificate',
  key,
  read: (store) => store.caCertificate(key),
  tell: telling(({ name }) => ({ kind: 'caCertificate', id: name }), caView),
})

const registration = (key: KeyOf<'registration'>): Thing => ({
  kind: 'registration',
  key,
  read: (store) => store.registration(key),
  tell: telling(({ registrationId }) => ({ kind: 'registration', id: registrationId }), registrationView),
})

const device = ({ hub, deviceId }: Place): Thing => ({
  kind: 'device',
  key: `${hub}/${deviceId}`,
  read: (store) => store.device(hub, deviceId),
  tell: telling(() => ({ kind: 'device', id: deviceId, hub }), deviceView),
})

export const twin = ({ hub, deviceId }: Place): Thing => ({
  kind: 'twin',
  key: `${hub}/${deviceId}`,
  read: (store) => store.twin(hub, deviceId),
  tell: telling(() => ({ kind: 'twin', id: deviceId, hub }), twinView),
})

type ModulePlace = Pick<Extract<BackEndChange, { delete: 'module' }>, 'hub' | 'deviceId' | 'moduleId'>

export const module = ({ hub, deviceId, moduleId }: ModulePlace): Thing => ({
  kind: 'module',
  key: `${hub}/${deviceId}/${moduleId}`,
  read: (store) => store.module({ hub, deviceId, moduleId }),
  tell: telling(() => ({ kind: 'module', id: `${deviceId}/${moduleId}`, hub }), moduleView),
})

export const moduleTwin = ({ hub, deviceId, moduleId }: ModulePlace): Thing => ({
  kind: 'moduleTwin',
  key: `${hub}/${deviceId}/${moduleId}`,
  read: (store) => store.moduleTwin({ hub, deviceId, moduleId }),
  tell: telling(() => ({ kind: 'moduleTwin', id: `${deviceId}/${moduleId}`, hub }), twinView),
})

const configuration = ({
  hub,
  id,
}: Pick<Extract<BackEndChange, { delete: 'configuration' }>, 'hub' | 'id'>): Thing => ({
  kind: 'configuration',
  key: `${hub}/${id}`,
  read: (store) => store.configuration(hub, id),
  tell: telling(() => ({ kind: 'configuration', id, hub }), configurationView),
})

const job = ({ hub, jobId }: Pick<Extract<BackEndChange, { delete: 'job' }>, 'hub' | 'jobId'>): Thing => ({
  kind: 'job',
  key: `${hub}/${jobId}`,
  read: (store) => store.job(hub, jobId),
  tell: telling(() => ({ kind: 'job', id: jobId, hub }), jobView),
})

const settings: Thing = {
  kind: 'settings',
  key: 'instance',
  read: (store) => store.settings(),
  tell: changedParts,
}

/** Nothing, where it stands as it stood. */
function telling<Value extends Stored>(targetOf: (value: Value) => AuditTarget, view: (value: Value) => JsonObject) {
  return (was: Value | undefined, is: Value | undefined): readonly Told[] => {
    const named = is ?? was
    const [before, after] = [was && view(was), is && view(is)]
    return named === undefined || isDeepStrictEqual(before, after) ? [] : [{ target: targetOf(named), before, after }]
  }
}
