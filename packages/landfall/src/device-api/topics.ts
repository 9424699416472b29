/** User names and topics of the device API on MQTT (contract/device-api 5). */

export interface DeviceUserName {
  readonly idScope: string
  readonly registrationId: string
  readonly apiVersion: string | undefined
  readonly clientVersion: string | undefined
}

/**
 * `{idScope}/registrations/{registrationId}/api-version=…&ClientVersion=…`; undefined where it is none. A hub's is
 * `{host}/{deviceId}/?api-version=…`, also for a device that is called "registrations". Ids are taken as they stand:
 * no client encodes them (contract/device-api 5.1).
 */
export function parseUserName(text: string): DeviceUserName | undefined {
  const match = /^([^/]+)\/registrations\/([^/?][^/]*)(?:\/(?!\?)(.*))?$/s.exec(text)
  if (!match) return
  const [, idScope = '', registrationId = '', query = ''] = match
  const fields = readQuery(query)
  return {
    idScope,
    registrationId,
    apiVersion: fields.get('api-version') || undefined,
    clientVersion: fields.get('clientversion') || undefined,
  }
}

export const responseFilter = '$dps/registrations/res/#'

/** `rid` undefined: there is no address for an answer. */
export type DeviceTopic =
  | { readonly kind: 'register'; readonly rid: string | undefined }
  | { readonly kind: 'query'; readonly rid: string | undefined; readonly operationId: string }

/** What a device asks by publishing; undefined: nothing that exists (contract/device-api 5.4). */
export function parseDeviceTopic(topic: string): DeviceTopic | undefined {
  const match = /^\$dps\/registrations\/(PUT\/iotdps-register|GET\/iotdps-get-operationstatus)\/?(?:\?(.*))?$/s.exec(
    topic,
  )
  if (!match) return
  const [, what = '', query = ''] = match
  const fields = readQuery(query)
  const rid = fields.get('$rid') || undefined
  if (what.startsWith('PUT')) return { kind: 'register', rid }
  return { kind: 'query', rid, operationId: percentDecode(fields.get('operationid') ?? '') }
}

/** `$rid` first: one client needs it there, another loses what stands before it (contract/device-api 0.8). */
export function responseTopic(status: number, rid: string, retryAfterSeconds: number | undefined): string {
  const retry = retryAfterSeconds === undefined ? '' : `&retry-after=${Math.ceil(retryAfterSeconds)}`
  return `$dps/registrations/res/${status}/?$rid=${rid}${retry}`
}

/** Keys in lower case, values as they stand; of two the first counts. */
function readQuery(query: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const part of query.split('&')) {
    const cut = part.indexOf('=')
    const key = (cut < 0 ? part : part.slice(0, cut)).toLowerCase()
    if (!fields.has(key)) fields.set(key, cut < 0 ? '' : part.slice(cut + 1))
  }
  return fields
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
