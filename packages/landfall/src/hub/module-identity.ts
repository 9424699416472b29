/** What becomes of a module identity that is wished for (contract/iot-hub 5.1). */
import { type ModuleId, makeEtag, printable } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Change } from '../store/store.ts'
import type { HubDevice } from './device.ts'
import { authenticationOf, type Making, ticksOf } from './identity.ts'
import { parseAuthentication, type WishedAuthentication } from './identity-wish.ts'
import type { HubModule } from './module.ts'
import { invalid } from './refusal.ts'
import type { TwinChange } from './twin.ts'
import { firstTwin } from './twin-change.ts'

export interface ModuleWish {
  /** Absent: whatever is stored, for a new module `sas`. */
  readonly authentication?: WishedAuthentication
  readonly managedBy?: string
}

/** As of other texts of an identity. */
const managedByLength = 128

export function parseModule({ authentication, managedBy }: JsonObject): ModuleWish {
  const wished = { authentication: parseAuthentication(authentication) }
  if (managedBy === undefined || managedBy === null || managedBy === '') return wished
  if (typeof managedBy !== 'string' || managedBy.length > managedByLength)
    throw invalid(
      `managedBy is a text of at most ${managedByLength} characters, not ${printable(JSON.stringify(managedBy), 60)}.`,
    )
  return { ...wished, managedBy }
}

type Owner = Pick<HubDevice, 'hub' | 'deviceId'>

export function newModule({ hub, deviceId }: Owner, moduleId: ModuleId, wish: ModuleWish, making: Making): HubModule {
  return {
    hub,
    deviceId,
    moduleId,
    generationId: ticksOf(making),
    etag: makeEtag(making.random),
    managedBy: wish.managedBy,
    authentication: authenticationOf(wish.authentication, undefined, making.random),
    createdAt: making.at,
  }
}

/** As of a device, an update is a replacement but for keys that are not named (contract/iot-hub 4.8). */
export function updatedModule(before: HubModule, wish: ModuleWish, { random }: Making): HubModule {
  return {
    ...before,
    etag: makeEtag(random),
    managedBy: wish.managedBy,
    authentication: authenticationOf(wish.authentication, before.authentication, random),
  }
}

/** `any`: where the device itself is new, or held fast by its etag. */
export function moduleCreation(
  value: HubModule,
  { at, random }: Making,
  expect: 'absent' | 'any',
  twin: TwinChange = {},
): readonly Change[] {
  const { hub, deviceId, moduleId } = value
  const first = firstTwin({ hub, deviceId, at, random }, twin)
  return [
    { put: 'module', value, expect },
    { put: 'moduleTwin', value: { ...first, moduleId }, expect: 'any' },
  ]
}
