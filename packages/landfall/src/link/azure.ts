/** Assigning a device to any hub that speaks the IoT Hub service REST API (contract/iot-hub 17). */
import { isDeepStrictEqual } from 'node:util'
import { ProvisioningError } from '../fault.ts'
import { withoutReserved } from '../hub/twin.ts'
import type { DeviceId } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { AssignmentOrder, HubLink, MovingTwin, WantedAuthentication } from '../registration/hub.ts'
import { type AskHub, type HubAnswer, type HubClientParts, hubClient } from './hub-client.ts'

/** Everything here may be repeated: after a crash the engine does, and the hub ends in the same state (17.5). */
export function azureHub(parts: HubClientParts): HubLink {
  const ask = hubClient(parts)
  const { name } = parts.setting
  return {
    name,
    remote: true,
    async assign(order) {
      const { found, existed } = await putIdentity(order, ask, name)
      await putTwin(order, found, ask)
      return { changes: [], existed }
    },
    async readTwin(deviceId) {
      const { body } = await ask({ method: 'GET', path: twinPath(deviceId), answers: [200, 404] })
      return body && movingTwin(body)
    },
    async readPrimaryKey(deviceId) {
      const { body } = await ask({ method: 'GET', path: devicePath(deviceId), answers: [200, 404] })
      return body && primaryKeyOf(body)
    },
    async remove(deviceId) {
      await ask({ method: 'DELETE', path: devicePath(deviceId), ifMatch: '"*"', answers: [200, 204, 404] })
      return { changes: [] }
    },
  }
}

const devicePath = (deviceId: DeviceId) => `/devices/${encodeURIComponent(deviceId)}`
const twinPath = (deviceId: DeviceId) => `/twins/${encodeURIComponent(deviceId)}`

/** Others may create, change or delete the identity between two of our calls; they do not do so for ever. */
const mostRounds = 5

interface Identity {
  /** Somebody had made it before, though perhaps it was ourselves. */
  readonly found: boolean
  readonly existed: boolean
}

/** 17.2: create; where it is there, read it and write the credentials. */
async function putIdentity(order: AssignmentOrder, ask: AskHub, hub: string): Promise<Identity> {
  for (let round = 1; round <= mostRounds; round++) {
    const created = await createIdentity(order, ask)
    if (created.status === 200) return { found: false, existed: false }
    const { body: found } = await ask({ method: 'GET', path: devicePath(order.deviceId), answers: [200, 404] })
    if (!found) continue
    const wanted = { ...found, ...credentials(order, found) }
    // just as we want it, after a try whose answer was lost: that try made it
    if (isDeepStrictEqual(wanted, found)) return { found: true, existed: !created.repeated }
    if (await updateIdentity(order.deviceId, wanted, ask)) return { found: true, existed: true }
  }
  throw new ProvisioningError('hub_unreachable', {
    hub,
    why: `somebody else goes on changing the device "${order.deviceId}" there`,
  })
}

function createIdentity(order: AssignmentOrder, ask: AskHub): Promise<HubAnswer> {
  const { deviceId } = order
  const body = { deviceId, status: 'enabled', ...credentials(order, {}) }
  return ask({ method: 'PUT', path: devicePath(deviceId), body, answers: [200, 409] })
}

/** Status and scopes stay as the operator of the hub left them (contract/semantics 10.5). */
async function updateIdentity(deviceId: DeviceId, identity: JsonObject, ask: AskHub): Promise<boolean> {
  const { etag } = identity
  const ifMatch = typeof etag === 'string' ? `"${etag}"` : '"*"'
  const body = identity
  const { status } = await ask({ method: 'PUT', path: devicePath(deviceId), ifMatch, body, answers: [200, 404, 412] })
  return status === 200
}

function credentials({ authentication, iotEdge }: AssignmentOrder, found: JsonObject): JsonObject {
  const known = isJsonObject(found.capabilities) ? found.capabilities : {}
  return {
    authentication: keepsKeys(authentication, found) ? found.authentication : authenticationBody(authentication),
    capabilities: { ...known, iotEdge: iotEdge ?? known.iotEdge ?? false },
  }
}

/** Without a wish for other keys, those that are there stay. */
const keepsKeys = (wanted: WantedAuthentication, found: JsonObject) =>
  wanted.type === 'sas' && wanted.primaryKey === undefined && primaryKeyOf(found) !== undefined

function primaryKeyOf(identity: JsonObject): string | undefined {
  const authentication = sectionAt(identity, 'authentication')
  const { primaryKey } = sectionAt(authentication, 'symmetricKey')
  return authentication.type === 'sas' && typeof primaryKey === 'string' && primaryKey !== '' ? primaryKey : undefined
}

/** In the form in which a hub shows it, so that what is there can be compared with what is wanted. */
function authenticationBody(authentication: WantedAuthentication): JsonObject {
  const { primaryKey = null, secondaryKey = null } = authentication.type === 'sas' ? authentication : {}
  const { primaryThumbprint = null, secondaryThumbprint = null } =
    authentication.type === 'selfSigned' ? authentication : {}
  return {
    symmetricKey: { primaryKey, secondaryKey },
    x509Thumbprint: { primaryThumbprint, secondaryThumbprint },
    type: authentication.type,
  }
}

/** 17.4: what a new device begins with, what a reset one goes back to; any other twin is left alone. */
async function putTwin(order: AssignmentOrder, found: boolean, ask: AskHub): Promise<void> {
  const { deviceId, resetTwin } = order
  const { tags, desired } = sectionsOf(order)
  const body = { tags, properties: { desired } }
  const path = twinPath(deviceId)
  if (resetTwin) {
    await ask({ method: 'PUT', path, ifMatch: '"*"', body, answers: [200] })
  } else if (!isEmpty(tags) || !isEmpty(desired)) {
    if (found && !(await isUntouched(deviceId, ask))) return
    await ask({ method: 'PATCH', path, ifMatch: '"*"', body, answers: [200] })
  }
}

/**
 * Reported properties are not written: a service cannot (contract/iot-hub 6.6), the device reports them anew.
 * Reserved members: contract/semantics 10.8.
 */
function sectionsOf({ twin }: AssignmentOrder): Omit<MovingTwin, 'reported'> {
  if (twin.kind === 'moved') return { tags: twin.twin.tags, desired: twin.twin.desired }
  return { tags: withoutReserved(twin.initialTwin?.tags), desired: withoutReserved(twin.initialTwin?.desired) }
}

const isEmpty = (section: JsonObject) => Object.keys(section).length === 0

/** A crash between identity and twin leaves a device whose twin nobody wrote yet: it still gets its beginning. */
async function isUntouched(deviceId: DeviceId, ask: AskHub): Promise<boolean> {
  const { body } = await ask({ method: 'GET', path: twinPath(deviceId), answers: [200] })
  const { tags, desired } = movingTwin(body ?? {})
  return isEmpty(tags) && isEmpty(desired) && versionOf(body ?? {}) <= 1
}

function versionOf(body: JsonObject): number {
  const version = sectionAt(sectionAt(body, 'properties'), 'desired').$version
  return typeof version === 'number' ? version : 1
}

function movingTwin(body: JsonObject): MovingTwin {
  const properties = sectionAt(body, 'properties')
  return {
    tags: sectionAt(body, 'tags'),
    desired: withoutSystemMembers(sectionAt(properties, 'desired')),
    reported: withoutSystemMembers(sectionAt(properties, 'reported')),
  }
}

function sectionAt(body: JsonObject, name: string): JsonObject {
  const section = body[name]
  return isJsonObject(section) ? section : {}
}

function withoutSystemMembers(section: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(section).filter(([name]) => !name.startsWith('$')))
}
