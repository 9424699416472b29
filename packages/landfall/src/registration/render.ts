/** The registration record as it is shown to back ends and people (contract/service-api 7.10). */
import type { JsonObject } from '../json.ts'
import type { Registration } from './record.ts'

export function renderRegistration(record: Registration): JsonObject {
  return {
    registrationId: record.registrationId,
    createdDateTimeUtc: new Date(record.createdAt).toISOString(),
    assignedHub: record.assignedHub,
    deviceId: record.deviceId,
    status: record.status,
    substatus: record.substatus,
    errorCode: record.errorCode,
    errorMessage: record.errorMessage,
    lastUpdatedDateTimeUtc: new Date(record.updatedAt).toISOString(),
    etag: record.etag,
    payload: record.payload,
  }
}
