/** Names as parsed types: what passed a parser here is known to be well formed everywhere else. */
import { ProvisioningError } from './fault.ts'
import type { Random } from './system.ts'

/** As the device or the administrator first wrote it. */
export type RegistrationId = string & { readonly is: 'RegistrationId' }
/** What the store looks up by: two ids that differ only in letter case are one device (contract/semantics 1.2). */
export type RegistrationKey = string & { readonly is: 'RegistrationKey' }
export type GroupId = string & { readonly is: 'GroupId' }
export type GroupKey = string & { readonly is: 'GroupKey' }
/** A device id on a hub; case-sensitive (contract/iot-hub 4.4). */
export type DeviceId = string & { readonly is: 'DeviceId' }
export type ModuleId = string & { readonly is: 'ModuleId' }
export type ConfigurationId = string & { readonly is: 'ConfigurationId' }
export type JobId = string & { readonly is: 'JobId' }
/** The host name of a hub, lower case; host names compare case-insensitively (contract/semantics 16.4). */
export type HubName = string & { readonly is: 'HubName' }
/** The name of an uploaded CA certificate, and the form it is looked up by. */
export type CaName = string & { readonly is: 'CaName' }
export type CaKey = string & { readonly is: 'CaKey' }
/** Opaque; base64 of a quoted string, as the cloud's are (contract/semantics 16.2). */
export type Etag = string & { readonly is: 'Etag' }
export type TrackingId = string & { readonly is: 'TrackingId' }
/** Unreserved characters only, at most 100: several clients put it into a path unescaped (contract/device-api 3.2). */
export type OperationId = string & { readonly is: 'OperationId' }

// contract/semantics 1.1: the wider of the two documented rules
const idPattern = /^[A-Za-z0-9._:-]{0,127}[A-Za-z0-9-]$/

export function isRegistrationId(text: string): text is RegistrationId {
  return idPattern.test(text)
}

export function parseRegistrationId(text: string): RegistrationId {
  if (!isRegistrationId(text)) throw new ProvisioningError('bad_id', { id: printable(text) })
  return text
}

export function parseGroupId(text: string): GroupId {
  if (!idPattern.test(text)) throw new ProvisioningError('bad_group_id', { id: printable(text) })
  return text as GroupId
}

// contract/iot-hub 4.4
const deviceIdPattern = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/

export function isDeviceId(text: string): text is DeviceId {
  return deviceIdPattern.test(text)
}

/** The same rule as for devices: `$edgeAgent` is one. */
export function isModuleId(text: string): text is ModuleId {
  return deviceIdPattern.test(text)
}

export function isConfigurationId(text: string): text is ConfigurationId {
  return deviceIdPattern.test(text)
}

export function isJobId(text: string): text is JobId {
  return deviceIdPattern.test(text)
}

export function parseDeviceId(text: string): DeviceId {
  if (!isDeviceId(text)) {
    throw new ProvisioningError('invalid', {
      message: `The deviceId "${printable(text)}" is not a legal device id: 1 to 128 characters of A-Z a-z 0-9 and - : . + % _ # * ? ! ( ) , = @ ; $ '.`,
    })
  }
  return text
}

// contract/management 5.3; less "." and "..", which no client can put into a path
const caNamePattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,256}$/

export function parseCaName(text: string): CaName {
  if (!caNamePattern.test(text)) {
    throw new ProvisioningError('invalid', {
      message: `The certificate name "${printable(text)}" is not legal: 1 to 256 letters, digits, dots, hyphens and underscores.`,
    })
  }
  return text as CaName
}

/** Letter case of ASCII only: toLowerCase also makes a k of the Kelvin sign, which is another name (contract/semantics 4.14). */
export const isSameId = (text: string, id: RegistrationId): boolean =>
  /^[\x20-\x7e]*$/.test(text) && text.toLowerCase() === id.toLowerCase()

export const keyOf = (id: RegistrationId) => id.toLowerCase() as RegistrationKey
export const groupKeyOf = (id: GroupId) => id.toLowerCase() as GroupKey
export const caKeyOf = (name: CaName) => name.toLowerCase() as CaKey
export const hubNameOf = (host: string) => host.toLowerCase() as HubName

/** Base64 of a quoted 32-digit string, new at each stored change (contract/service-api 6.3). */
export function makeEtag(random: Random): Etag {
  return Buffer.from(`"${random.uuid()}"`).toString('base64') as Etag
}

/**
 * Whether an If-Match condition (or a bulk item's etag) holds for what is stored. Most clients send the raw base64,
 * which is no legal entity tag; C# wraps it in quotes; so no syntax is checked (contract/service-api 6.2).
 */
export function etagMatches(condition: string, etag: Etag): boolean {
  return condition.split(',').some((part) => {
    const wanted = part.trim().replace(/^W\//, '')
    return isWildcard(wanted) || unquoted(wanted) === unquoted(etag)
  })
}

const isWildcard = (condition: string) => condition === '*' || condition === '"*"'
const unquoted = (text: string) => text.replace(/^"(.*)"$/, '$1')

export const makeTrackingId = (random: Random) => random.uuid() as TrackingId

/** The form seen in the cloud: digit, 16 hex digits, uuid (contract/device-api 3.2). */
export function makeOperationId(random: Random): OperationId {
  return `5.${Buffer.from(random.bytes(8)).toString('hex')}.${random.uuid()}` as OperationId
}

/** A stranger's text, short and without control characters (those that turn text around too), fit for a sentence or a log line. */
export function printable(text: string, most = 140): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
  return clean.length > most ? `${clean.slice(0, most)}…` : clean
}
