/** The JSON of the device API, the same on every transport (contract/device-api 3). */
import { ProvisioningError } from '../fault.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { readJsonBody } from '../protocol/http-body.ts'
import type { Registration } from '../registration/record.ts'
import type { Answer, Challenge, Evidence, RegistrationRequest } from '../registration/request.ts'
import { knowsFourthSubstate } from './api-version.ts'

/** contract/semantics 18 row 82; a TPM's keys and a payload fit many times. */
export const bodyLimitBytes = 96 * 1024

export type RegisterBody = Pick<RegistrationRequest, 'bodyRegistrationId' | 'payload'> & Pick<Evidence, 'tpm'>

const unreadable = (why: string) => new ProvisioningError('body_malformed', { why })

/** An empty body is `{}`: several clients send none (contract/device-api 3.1, 5.4). Unknown members are ignored. */
export function readRegister(bytes: Uint8Array | undefined): RegisterBody {
  if (bytes === undefined || bytes.length === 0) return {}
  if (bytes.length > bodyLimitBytes) throw new ProvisioningError('body_too_large', { limitBytes: bodyLimitBytes })
  const body = readJsonBody(bytes, undefined)
  if (body === undefined) return {}
  if (!isJsonObject(body)) throw unreadable('it is not a JSON object')
  return { bodyRegistrationId: readText(body, 'registrationId'), payload: body.payload, tpm: readTpm(body.tpm) }
}

function readText(object: JsonObject, member: string): string | undefined {
  const value = object[member] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw unreadable(`${member} is not a string`)
}

function readTpm(value: Json | undefined): Evidence['tpm'] {
  if (value === undefined || value === null) return
  if (!isJsonObject(value)) throw unreadable('tpm is not an object')
  const endorsementKey = readText(value, 'endorsementKey')
  if (endorsementKey === undefined) throw unreadable('tpm has no endorsementKey')
  return { endorsementKey, storageRootKey: readText(value, 'storageRootKey') }
}

export interface Rendering {
  readonly apiVersion: string | undefined
  /** `--fidelity cloud`: a disabled enrollment is told without words (contract/semantics 19.2). */
  readonly bare: boolean
}

/** contract/device-api 3.4 */
export const statusOfAnswer = (answer: Answer): 200 | 202 => (answer.kind === 'assigning' ? 202 : 200)

/** contract/device-api 3.2: clients refuse an answer without operationId, or with another word than these. */
export function renderAnswer(answer: Answer, rendering: Rendering): JsonObject {
  const { operationId, kind: status, registration } = answer
  if (answer.kind !== 'assigning') return { operationId, status, registrationState: renderState(answer, rendering) }
  if (!registration) return { operationId, status }
  return { operationId, status, registrationState: { registrationId: registration.registrationId, status } }
}

/** The key for the hub, without which no client with a TPM takes an assignment (contract/device-api-amqp-tpm 10.1 step 4). */
function renderState({ registration, authenticationKey }: Settled, rendering: Rendering): JsonObject {
  const key = authenticationKey === undefined ? {} : { tpm: { authenticationKey } }
  return { ...renderRegistration(registration, rendering), ...key }
}

type Settled = Exclude<Answer, { kind: 'assigning' }>

/** contract/device-api-amqp-tpm 10.1 step 2. Without a status, by which C tells it from an answer. */
export const renderChallenge = ({ authenticationKey }: Challenge): JsonObject => ({
  message: 'Authorization required, resend request using supplied key',
  authenticationKey,
  unencryptedAuthenticationKey: null,
  keyName: 'registration',
})

/**
 * contract/device-api 3.3. Members without value are left out (contract/semantics 16.5), and so are certificates:
 * small devices read into a kilobyte (contract/device-api 11).
 */
export function renderRegistration(registration: Registration, rendering: Rendering): JsonObject {
  const { status, assignedHub, deviceId } = registration
  // hub and device id both or neither, in every state: the embedded client refuses one alone
  const assigned = status === 'assigned' && assignedHub !== undefined && deviceId !== undefined
  return {
    ...renderAttestation(registration),
    registrationId: registration.registrationId,
    createdDateTimeUtc: new Date(registration.createdAt).toISOString(),
    ...(assigned ? { assignedHub, deviceId } : {}),
    status,
    substatus: assigned ? renderSubstatus(registration, rendering) : undefined,
    ...renderFault(registration, rendering),
    lastUpdatedDateTimeUtc: new Date(registration.updatedAt).toISOString(),
    etag: registration.etag,
    payload: assigned ? registration.payload : undefined,
  }
}

// contract/semantics 12.1: an individual symmetric key shows no member, an individual certificate an empty one
function renderAttestation({ attestation, group }: Registration): JsonObject {
  if (attestation === 'x509') return { x509: group ? { enrollmentGroupId: group.id } : {} }
  return group ? { [attestation]: { enrollmentGroupId: group.id } } : {}
}

// contract/device-api 0.4: without one, Python 2.14 hangs for ever
function renderSubstatus({ substatus = 'initialAssignment' }: Registration, { apiVersion }: Rendering) {
  const tooNew = substatus === 'reprovisionedToInitialAssignment' && !knowsFourthSubstate(apiVersion)
  return tooNew ? 'initialAssignment' : substatus
}

function renderFault({ status, errorCode, errorMessage }: Registration, { bare }: Rendering): JsonObject {
  if (status !== 'failed' && status !== 'disabled') return {}
  return bare && status === 'disabled' ? {} : { errorCode, errorMessage }
}

/** Pure ASCII: Node's device client decodes MQTT payloads as ASCII and dies of anything else (contract/device-api 0.6). */
export function toAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
