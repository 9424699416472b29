/** The far end of the transports: an engine that notes what it is asked and answers what it is told. */
import type { Fault } from '../../src/fault.ts'
import type { DeviceId, Etag, HubName, OperationId, RegistrationId, RegistrationKey } from '../../src/ids.ts'
import type { Registration } from '../../src/registration/record.ts'
import type {
  Answer,
  Challenge,
  DeviceApi,
  DeviceRequest,
  RegistrationRequest,
  StatusRequest,
} from '../../src/registration/request.ts'

export interface Recorder extends DeviceApi {
  readonly registered: RegistrationRequest[]
  readonly polled: StatusRequest[]
  readonly lookedUp: RegistrationRequest[]
  readonly prechecked: DeviceRequest[]
  readonly proved: DeviceRequest[]
  readonly unread: { readonly request: DeviceRequest; readonly fault: Fault }[]
  /** What the next calls do; throws a refusal, or answers. */
  onRegister: (request: RegistrationRequest) => Answer | Challenge | Promise<Answer>
  onPoll: (request: StatusRequest) => Answer | Promise<Answer>
  onPrecheck: (request: DeviceRequest) => void
  onProve: (request: DeviceRequest) => Challenge | undefined
}

export const operationId = '5.0123456789abcdef.b1e02da8-c3a0-4ff2-a121-7ea7a6b7f550' as OperationId

export function registrationOf(id: string, change: Partial<Registration> = {}): Registration {
  return {
    registrationId: id as RegistrationId,
    key: id.toLowerCase() as RegistrationKey,
    attestation: 'x509',
    status: 'assigned',
    substatus: 'initialAssignment',
    assignedHub: 'hub.example' as HubName,
    deviceId: id as DeviceId,
    operations: [],
    createdAt: Date.UTC(2030, 0, 1),
    updatedAt: Date.UTC(2030, 0, 1, 0, 0, 1),
    etag: 'IjEi' as Etag,
    ...change,
  }
}

export const assigned = (id: string, change?: Partial<Registration>): Answer => ({
  kind: 'assigned',
  operationId,
  registration: registrationOf(id, change),
})

export const assigning: Answer = { kind: 'assigning', operationId, retryAfterSeconds: 2 }

export function makeRecorder(): Recorder {
  const recorder: Recorder = {
    registered: [],
    polled: [],
    lookedUp: [],
    prechecked: [],
    proved: [],
    unread: [],
    onRegister: ({ registrationId }) => assigned(registrationId),
    onPoll: ({ registrationId }) => assigned(registrationId),
    onPrecheck: () => {},
    onProve: () => undefined,
    async register(request) {
      recorder.registered.push(request)
      return recorder.onRegister(request)
    },
    async operationStatus(request) {
      recorder.polled.push(request)
      return recorder.onPoll(request)
    },
    async lookUp(request) {
      recorder.lookedUp.push(request)
      return registrationOf(request.registrationId)
    },
    async precheck(request) {
      recorder.prechecked.push(request)
      recorder.onPrecheck(request)
    },
    async prove(request) {
      recorder.proved.push(request)
      return recorder.onProve(request)
    },
    noteUnread(request, fault) {
      recorder.unread.push({ request, fault })
    },
  }
  return recorder
}
