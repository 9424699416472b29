/** What a device identity may be asked to be (contract/iot-hub 4): parsed from what a service sent. */
import { printable } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { readKey } from '../sas/key.ts'
import type { DeviceAuthentication } from './device.ts'
import { invalid } from './refusal.ts'

/** `sas` without a key: keep the stored one, or make one; with an empty one: make one. */
export type WishedAuthentication =
  | { readonly type: 'sas'; readonly primaryKey?: string; readonly secondaryKey?: string }
  | Exclude<DeviceAuthentication, { type: 'sas' }>

/** A device as a service wants it; absent members are the defaults of a new one, an update being a replacement. */
export interface IdentityWish {
  readonly status: 'enabled' | 'disabled'
  readonly statusReason?: string
  /** Absent: whatever is stored, for a new device `sas`. */
  readonly authentication?: WishedAuthentication
  readonly iotEdge: boolean
  readonly deviceScope?: string
  readonly parentScopes?: readonly string[]
}

/** As the identity registry of the cloud documents it. */
const statusReasonLength = 128
/** Bounds of our own: a scope is a device id of 128 characters and a generation; a device has one parent. */
const scopeLength = 512
const parentScopesLimit = 100

export function parseIdentity(body: JsonObject): IdentityWish {
  return {
    status: parseStatus(body.status),
    ...parseStatusReason(body.statusReason),
    authentication: parseAuthentication(body.authentication),
    iotEdge: parseIotEdge(body.capabilities),
    ...parseDeviceScope(body.deviceScope),
    ...parseParentScopes(body.parentScopes),
  }
}

function parseStatus(value: unknown): 'enabled' | 'disabled' {
  const status = typeof value === 'string' ? value.toLowerCase() : (value ?? 'enabled')
  if (status === 'enabled' || status === 'disabled') return status
  throw invalid(`The status of a device is "enabled" or "disabled", not ${quoted(value)}.`)
}

function parseStatusReason(value: unknown): Partial<IdentityWish> {
  if (value === undefined || value === null || value === '') return {}
  if (typeof value !== 'string' || value.length > statusReasonLength)
    throw invalid(`statusReason is a text of at most ${statusReasonLength} characters.`)
  return { statusReason: value }
}

/** An empty text takes a leaf from its parent: `az iot hub device-identity children remove` leaves parentScopes as read. */
function parseDeviceScope(value: unknown): Partial<IdentityWish> {
  if (value === undefined || value === null) return {}
  return { deviceScope: value === '' ? value : parseScope('deviceScope', value) }
}

// azure-iot-sdk-node e2etests/test/registry.js: a device may not say that it is below just anything
function parseScope(member: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= scopeLength && /^ms-azure-iot-edge:\/\/.+-\d+$/.test(value))
    return value
  throw invalid(
    `${member} names the scope of an edge device, ms-azure-iot-edge://…, as the hub gave it; ${quoted(value)} is none.`,
  )
}

function parseIotEdge(capabilities: unknown): boolean {
  if (capabilities === undefined || capabilities === null) return false
  const iotEdge = isJsonObject(capabilities) ? (capabilities.iotEdge ?? false) : undefined
  if (typeof iotEdge === 'boolean') return iotEdge
  throw invalid('capabilities is an object whose member iotEdge is true or false.')
}

function parseParentScopes(value: unknown): Partial<IdentityWish> {
  if (value === undefined || value === null) return {}
  if (!Array.isArray(value) || value.length > parentScopesLimit)
    throw invalid(`parentScopes is an array of at most ${parentScopesLimit} device scopes.`)
  return value.length === 0 ? {} : { parentScopes: value.map((scope) => parseScope('parentScopes', scope)) }
}

// contract/iot-hub 4.9
export function parseAuthentication(value: unknown): WishedAuthentication | undefined {
  if (value === undefined || value === null) return
  if (!isJsonObject(value)) throw invalid('authentication is an object with a type.')
  const thumbprints = parseThumbprints(value.x509Thumbprint)
  const shown = value.type ?? (thumbprints.primaryThumbprint || thumbprints.secondaryThumbprint ? 'selfSigned' : 'sas')
  switch (typeof shown === 'string' ? shown.toLowerCase() : shown) {
    case 'sas':
      return { type: 'sas', ...parseKeys(value.symmetricKey) }
    case 'selfsigned':
      return selfSigned(thumbprints)
    case 'certificateauthority':
      return { type: 'certificateAuthority' }
    case 'none':
      return { type: 'none' }
    default:
      throw invalid(
        `authentication.type is "sas", "selfSigned", "certificateAuthority" or "none", not ${quoted(shown)}.`,
      )
  }
}

function parseKeys(value: unknown): { primaryKey?: string; secondaryKey?: string } {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw invalid('authentication.symmetricKey is an object with primaryKey and secondaryKey.')
  return { ...withKey('primaryKey', value.primaryKey), ...withKey('secondaryKey', value.secondaryKey) }
}

// contract/iot-hub 4.8: an empty text asks the hub to make a key, none leaves what is there
function withKey(name: 'primaryKey' | 'secondaryKey', value: unknown): { [key in typeof name]?: string } {
  if (value === undefined || value === null) return {}
  if (value === '') return { [name]: '' }
  const key = typeof value === 'string' ? value.trim() : ''
  if (!readKey(key)) throw invalid(`The ${name} of a device is base64 of 16 to 64 bytes.`)
  return { [name]: key }
}

/** A wish for new keys taken back. */
export function keepingKeys<Wish extends { readonly authentication?: WishedAuthentication }>(wish: Wish): Wish {
  const { authentication } = wish
  if (authentication?.type !== 'sas') return wish
  const { primaryKey, secondaryKey } = authentication
  const given = { ...(primaryKey && { primaryKey }), ...(secondaryKey && { secondaryKey }) }
  return { ...wish, authentication: { type: 'sas', ...given } }
}

interface Thumbprints {
  readonly primaryThumbprint?: string
  readonly secondaryThumbprint?: string
}

function parseThumbprints(value: unknown): Thumbprints {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value))
    throw invalid('authentication.x509Thumbprint is an object with primaryThumbprint and secondaryThumbprint.')
  return {
    ...withThumbprint('primaryThumbprint', value.primaryThumbprint),
    ...withThumbprint('secondaryThumbprint', value.secondaryThumbprint),
  }
}

// contract/iot-hub 4.10
function withThumbprint(name: keyof Thumbprints, value: unknown): Thumbprints {
  if (value === undefined || value === null || value === '') return {}
  if (typeof value !== 'string' || !/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(value))
    throw invalid(`The ${name} of a device is 40 (SHA-1) or 64 (SHA-256) hex digits without separators.`)
  return { [name]: value.toUpperCase() }
}

function selfSigned(thumbprints: Thumbprints): WishedAuthentication {
  const { primaryThumbprint: primary, secondaryThumbprint: secondary } = thumbprints
  if (!primary && !secondary) throw invalid('Authentication of type "selfSigned" needs at least one x509Thumbprint.')
  if (primary && secondary && primary.length !== secondary.length)
    throw invalid('The two thumbprints of a device are both SHA-1 or both SHA-256.')
  return { type: 'selfSigned', ...thumbprints }
}

const quoted = (value: unknown) => printable(JSON.stringify(value) ?? 'nothing', 60)
