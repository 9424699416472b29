/**
 * What the log shows of each kind of thing: the members that somebody can change, in the words of the public APIs.
 * Etags and times of change are left out, so a thing that was written anew as it was shows no change.
 */
import type { CaCertificate } from '../enrollment/ca-certificate.ts'
import type { Enrollment } from '../enrollment/enrollment.ts'
import { renderEnrollment } from '../enrollment/render.ts'
import type { HubConfiguration } from '../hub/configuration.ts'
import type { HubDevice, HubTwin } from '../hub/device.ts'
import type { HubJob } from '../hub/jobs/job.ts'
import type { HubModule } from '../hub/module.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Registration } from '../registration/record.ts'

/** As JSON: what is undefined is not there. */
export const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

/** Certificates by their info block: the whole one tells nothing more that a person reads. */
export function enrollmentView(enrollment: Enrollment): JsonObject {
  const { etag: _, lastUpdatedDateTimeUtc: __, ...shown } = renderEnrollment(enrollment, { keys: 'shown' })
  return plain(shown)
}

export function caView({ name, certificate, isVerified, verificationCode, createdAt }: CaCertificate): JsonObject {
  return plain({
    name,
    isVerified,
    certificate: certificate.info,
    verificationCode: verificationCode?.code,
    codeExpiresUtc: verificationCode && new Date(verificationCode.expiresAt).toISOString(),
    createdDateTimeUtc: new Date(createdAt).toISOString(),
  })
}

export function registrationView(record: Registration): JsonObject {
  const { registrationId, group, status, substatus, assignedHub, deviceId, errorCode, errorMessage, payload } = record
  return plain({
    registrationId,
    enrollmentGroupId: group?.id,
    status,
    substatus,
    assignedHub,
    deviceId,
    errorCode,
    errorMessage,
    payload,
    createdDateTimeUtc: new Date(record.createdAt).toISOString(),
  })
}

export function deviceView({ etag: _, statusUpdatedAt: __, createdAt: ___, ...device }: HubDevice): JsonObject {
  return plain(device)
}

export function twinView({ tags, desired, reported }: HubTwin): JsonObject {
  return { tags, properties: { desired, reported } as Json }
}

export function moduleView({ etag: _, createdAt: __, ...module }: HubModule): JsonObject {
  return plain(module)
}

export function configurationView({ etag: _, createdAt: __, updatedAt: ___, ...rest }: HubConfiguration): JsonObject {
  return plain(rest)
}

/** What was asked for and whether it was called off; how far it got is not told. */
export function jobView({ hub, jobId, work, queryCondition, startAt, maxExecutionMs, status }: HubJob): JsonObject {
  return plain({
    hub,
    jobId,
    type: work.type,
    work: work.asSent,
    queryCondition,
    startTime: new Date(startAt).toISOString(),
    maxExecutionTimeInSeconds: maxExecutionMs / 1000,
    ...(status === 'cancelled' && { status }),
  })
}
