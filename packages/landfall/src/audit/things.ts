/** The things that changes change: how each is read, called and shown. */
import { isDeepStrictEqual } from 'node:util'
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import type { EnrollmentGroup, IndividualEnrollment } from '../enrollment/enrollment.ts'
import type { HubConfiguration } from '../hub/configuration.ts'
import type { HubDevice } from '../hub/device.ts'
import type { HubJob } from '../hub/jobs/job.ts'
import type { ModulePlace } from '../hub/module.ts'
import type { Etag } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Registration } from '../registration/record.ts'
import type { Change, Kind, Store } from '../store/store.ts'
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

/** What names a thing of each kind: a value that is put has it, and so has a deletion. */
interface Places {
  readonly individual: { readonly key: IndividualEnrollment['key'] }
  readonly group: { readonly key: EnrollmentGroup['key'] }
  readonly caCertificate: { readonly key: CaCertificate['key'] }
  readonly registration: { readonly key: Registration['key'] }
  readonly device: DevicePlace
  readonly twin: DevicePlace
  readonly module: ModulePlace
  readonly moduleTwin: ModulePlace
  readonly configuration: Pick<HubConfiguration, 'hub' | 'id'>
  readonly job: Pick<HubJob, 'hub' | 'jobId'>
  readonly settings: object
}

type DevicePlace = Pick<HubDevice, 'hub' | 'deviceId'>

/** Undefined: nothing of which the log tells by itself. */
export function thingOf(change: Change): Thing | undefined {
  if ('put' in change) return change.put === 'operation' ? undefined : thingAt(change.put, change.value)
  if (!('delete' in change) || change.delete === 'operation' || change.delete === 'hub') return
  return thingAt(change.delete, change)
}

export const thingAt = <Of extends keyof Places>(kind: Of, place: Places[Of]): Thing => things[kind](place)

const things: { readonly [Of in keyof Places]: (place: Places[Of]) => Thing } = {
  individual: ({ key }) => ({
    kind: 'individual',
    key,
    read: (store) => store.individual(key),
    tell: telling<IndividualEnrollment>(
      ({ registrationId }) => ({ kind: 'individual', id: registrationId }),
      enrollmentView,
    ),
  }),
  group: ({ key }) => ({
    kind: 'group',
    key,
    read: (store) => store.group(key),
    tell: telling<EnrollmentGroup>(({ groupId }) => ({ kind: 'group', id: groupId }), enrollmentView),
  }),
  caCertificate: ({ key }) => ({
    kind: 'caCertificate',
    key,
    read: (store) => store.caCertificate(key),
    tell: telling(({ name }) => ({ kind: 'caCertificate', id: name }), caView),
  }),
  registration: ({ key }) => ({
    kind: 'registration',
    key,
    read: (store) => store.registration(key),
    tell: telling(({ registrationId }) => ({ kind: 'registration', id: registrationId }), registrationView),
  }),
  device: ({ hub, deviceId }) => ({
    kind: 'device',
    key: `${hub}/${deviceId}`,
    read: (store) => store.device(hub, deviceId),
    tell: telling(() => ({ kind: 'device', id: deviceId, hub }), deviceView),
  }),
  twin: ({ hub, deviceId }) => ({
    kind: 'twin',
    key: `${hub}/${deviceId}`,
    read: (store) => store.twin(hub, deviceId),
    tell: telling(() => ({ kind: 'twin', id: deviceId, hub }), twinView),
  }),
  module: ({ hub, deviceId, moduleId }) => ({
    kind: 'module',
    key: `${hub}/${deviceId}/${moduleId}`,
    read: (store) => store.module({ hub, deviceId, moduleId }),
    tell: telling(() => ({ kind: 'module', id: `${deviceId}/${moduleId}`, hub }), moduleView),
  }),
  moduleTwin: ({ hub, deviceId, moduleId }) => ({
    kind: 'moduleTwin',
    key: `${hub}/${deviceId}/${moduleId}`,
    read: (store) => store.moduleTwin({ hub, deviceId, moduleId }),
    tell: telling(() => ({ kind: 'moduleTwin', id: `${deviceId}/${moduleId}`, hub }), twinView),
  }),
  configuration: ({ hub, id }) => ({
    kind: 'configuration',
    key: `${hub}/${id}`,
    read: (store) => store.configuration(hub, id),
    tell: telling(() => ({ kind: 'configuration', id, hub }), configurationView),
  }),
  job: ({ hub, jobId }) => ({
    kind: 'job',
    key: `${hub}/${jobId}`,
    read: (store) => store.job(hub, jobId),
    tell: telling(() => ({ kind: 'job', id: jobId, hub }), jobView),
  }),
  settings: () => ({
    kind: 'settings',
    key: 'instance',
    read: (store) => store.settings(),
    tell: changedParts,
  }),
}

/** Nothing, where it stands as it stood. */
function telling<Value extends Stored>(targetOf: (value: Value) => AuditTarget, view: (value: Value) => JsonObject) {
  return (was: Value | undefined, is: Value | undefined): readonly Told[] => {
    const named = is ?? was
    const [before, after] = [was && view(was), is && view(is)]
    return named === undefined || isDeepStrictEqual(before, after) ? [] : [{ target: targetOf(named), before, after }]
  }
}
