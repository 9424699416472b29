/** From untyped JSON to a draft: every rule that can be judged by the body alone (contract/service-api 7, 11). */
import { groupKeyOf, keyOf, parseDeviceId, parseGroupId, parseRegistrationId, printable } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { EnrollmentDraft, GroupDraft, IndividualDraft } from './draft.ts'
import type { Enrollment } from './enrollment.ts'
import { booleanAt, invalid, objectAt, requireObject, textAt, wordAt } from './fields.ts'
import { parseInitialTwin } from './initial-twin.ts'
import { parseAllocation } from './parse-allocation.ts'
import { parseAttestation } from './parse-attestation.ts'

/** Members with a meaning here, of either kind; what only the other kind has is dropped (contract/service-api 7.1, 7.2). */
const known = new Set([
  'registrationId',
  'enrollmentGroupId',
  'deviceId',
  'registrationState',
  'optionalDeviceInformation',
  'attestation',
  'capabilities',
  'iotHubHostName',
  'initialTwin',
  'etag',
  'provisioningStatus',
  'reprovisionPolicy',
  'createdDateTimeUtc',
  'lastUpdatedDateTimeUtc',
  'allocationPolicy',
  'iotHubs',
  'customAllocationDefinition',
])

/** `pathId`: the id of the path; absent in bulk, where only the body names it. */
export function parseIndividual(sent: unknown, pathId?: string): IndividualDraft {
  const body = requireObject(sent, 'The individual enrollment')
  const registrationId = parseRegistrationId(bodyId(body, 'registrationId', pathId))
  const deviceId = textAt(body, 'deviceId')
  return {
    kind: 'individual',
    registrationId,
    key: keyOf(registrationId),
    deviceId: deviceId === undefined ? undefined : parseDeviceId(deviceId),
    optionalDeviceInformation: objectAt(body, 'optionalDeviceInformation'),
    ...parseShared(body, 'individual'),
  }
}

export function parseGroup(sent: unknown, pathId?: string): GroupDraft {
  const body = requireObject(sent, 'The enrollment group')
  const groupId = parseGroupId(bodyId(body, 'enrollmentGroupId', pathId))
  const shared = parseShared(body, 'group')
  const ignored = 'deviceId is ignored: the devices of a group are named after their registration ids.'
  const notes = textAt(body, 'deviceId') === undefined ? shared.notes : [...shared.notes, ignored]
  return { kind: 'group', groupId, key: groupKeyOf(groupId), ...shared, notes }
}

function bodyId(body: JsonObject, member: string, pathId: string | undefined): string {
  const id = textAt(body, member)
  if (id === undefined) throw invalid(`${member} is missing.`)
  if (pathId !== undefined && id.toLowerCase() !== pathId.toLowerCase()) {
    throw invalid(`${member} is "${printable(id)}" in the body but "${printable(pathId)}" in the path.`)
  }
  return id
}

type Shared = Omit<EnrollmentDraft, 'kind' | 'key'>

function parseShared(body: JsonObject, kind: Enrollment['kind']): Shared {
  const notes: string[] = []
  return {
    attestation: parseAttestation(body, kind, notes),
    // the cloud echoes null, which the C client cannot read (contract/service-api 7.1)
    provisioningStatus: wordAt(body, 'provisioningStatus', ['enabled', 'disabled']) ?? 'enabled',
    reprovisionPolicy: parseReprovisionPolicy(objectAt(body, 'reprovisionPolicy')),
    ...parseAllocation(body),
    initialTwin: parseInitialTwin(body),
    capabilities: parseCapabilities(objectAt(body, 'capabilities')),
    extra: unknownMembers(body),
    notes,
  }
}

// complete whenever it is there: the Python client cannot send an incomplete one back (contract/service-api 13.2)
function parseReprovisionPolicy(policy: JsonObject | undefined): Enrollment['reprovisionPolicy'] {
  if (!policy) return
  return {
    updateHubAssignment: booleanAt(policy, 'reprovisionPolicy.updateHubAssignment', true),
    migrateDeviceData: booleanAt(policy, 'reprovisionPolicy.migrateDeviceData', true),
  }
}

function parseCapabilities(capabilities: JsonObject | undefined): Enrollment['capabilities'] {
  return capabilities && { iotEdge: booleanAt(capabilities, 'capabilities.iotEdge', false) }
}

/** Members of newer api-versions are kept and returned (contract/service-api 7.12). */
function unknownMembers(body: JsonObject): JsonObject | undefined {
  const unknown = Object.entries(body).filter(([name, value]) => !known.has(name) && value !== null)
  return unknown.length === 0 ? undefined : Object.fromEntries(unknown)
}
