/** What a repeated registration does (contract/semantics 11): a table of the policy, what was, and what allocation says. */
import type { ReprovisionPolicy } from '../enrollment/enrollment.ts'
import type { Fault } from '../fault.ts'
import type { DeviceId, HubName } from '../ids.ts'
import type { Allocation } from './allocate/allocate.ts'
import type { Assignment } from './record.ts'

/** As it is kept on disk while a webhook is asked. */
export type Placing = Omit<ReprovisionQuestion, 'isLinked' | 'resetOnSameHub'>

export type Reprovision =
  /** Not assigned before, or as another device id: contract/semantics 11.4 a, b, g. */
  | { readonly kind: 'first'; readonly hub: HubName; readonly deviceId: DeviceId; readonly says: string }
  | {
      readonly kind: 'stay'
      readonly hub: HubName
      readonly deviceId: DeviceId
      /** Never moves: shown as the initial assignment it still is (contract/semantics 21.4). */
      readonly never: boolean
      readonly resetTwin: boolean
      readonly says: string
    }
  | {
      readonly kind: 'move'
      readonly hub: HubName
      readonly deviceId: DeviceId
      readonly from: HubName
      /** False: the old hub is no longer linked, so its identity is left behind (contract/semantics 11.4 j). */
      readonly fromLinked: boolean
      readonly twin: 'migrate' | 'reset'
      readonly says: string
    }

export interface ReprovisionQuestion {
  /** Absent: none is stored. */
  readonly policy: ReprovisionPolicy | undefined
  readonly apiVersion: string | undefined
  /** The last good one, whatever failed since (contract/semantics 11.10). */
  readonly previous: Assignment | undefined
  /** What the enrollment wants today. */
  readonly deviceId: DeviceId
  readonly isLinked: (hub: HubName) => boolean
  /** contract/semantics 21.3 */
  readonly resetOnSameHub: boolean
}

const migrate: ReprovisionPolicy = { updateHubAssignment: true, migrateDeviceData: true }
const never: ReprovisionPolicy = { updateHubAssignment: false, migrateDeviceData: false }

// contract/semantics 11.3: without a stored policy old devices keep their hub, newer ones are moved
function effectivePolicy({
  policy,
  apiVersion,
}: Pick<ReprovisionQuestion, 'policy' | 'apiVersion'>): ReprovisionPolicy {
  return policy ?? (isLegacy(apiVersion) ? never : migrate)
}

function isLegacy(apiVersion: string | undefined): boolean {
  return apiVersion !== undefined && /^\d{4}-\d\d-\d\d/.test(apiVersion) && apiVersion.slice(0, 10) <= '2018-04-01'
}

/** Where the policy alone decides: the device is on a hub and is never moved, whatever allocation would say. */
export function staysWhereItIs(
  question: Pick<ReprovisionQuestion, 'policy' | 'apiVersion' | 'previous' | 'isLinked'>,
): Extract<Allocation, { hub: HubName } | { fault: Fault }> | undefined {
  const { previous, isLinked } = question
  if (!previous || effectivePolicy(question).updateHubAssignment) return
  if (isLinked(previous.hub)) return { hub: previous.hub, says: 'Not asked: the enrollment never moves a device.' }
  const because = 'the device is on it, and the enrollment never moves a device'
  return { fault: { reason: 'hub_not_linked', facts: { hub: previous.hub, because } } }
}

export function reprovision(question: ReprovisionQuestion, hub: HubName): Reprovision {
  const { previous, deviceId, resetOnSameHub } = question
  if (!previous) return { kind: 'first', hub, deviceId, says: 'The device was not assigned before.' }
  const policy = effectivePolicy(question)
  if (!policy.updateHubAssignment) {
    const says = `The enrollment never moves a device: it stays on "${previous.hub}".`
    return { kind: 'stay', hub: previous.hub, deviceId: previous.deviceId, never: true, resetTwin: false, says }
  }
  // contract/semantics 11.4 g: another device id is another identity; the old one remains
  if (previous.deviceId !== deviceId) {
    const says = `The device id is now "${deviceId}"; the identity "${previous.deviceId}" remains on "${previous.hub}".`
    return { kind: 'first', hub, deviceId, says }
  }
  if (previous.hub === hub) {
    const resetTwin = resetOnSameHub && !policy.migrateDeviceData
    const says = `The device is on "${hub}" already${resetTwin ? '; its twin is reset' : ''}.`
    return { kind: 'stay', hub, deviceId, never: false, resetTwin, says }
  }
  return move(question, previous, hub, policy)
}

/**
 * contract/semantics 9.6: a webhook's initial twin is for a first assignment, and for a move that resets; any other device
 * that is new on its hub begins with that of the enrollment.
 */
export function takesChosenTwin({ kind }: Reprovision, { policy }: Placing): boolean {
  return kind === 'first' || (kind === 'move' && policy?.migrateDeviceData === false)
}

function move(
  { deviceId, isLinked }: ReprovisionQuestion,
  previous: Assignment,
  hub: HubName,
  policy: ReprovisionPolicy,
): Reprovision {
  const fromLinked = isLinked(previous.hub)
  const twin = policy.migrateDeviceData && fromLinked ? 'migrate' : 'reset'
  const how = twin === 'migrate' ? 'with its twin' : 'with the initial twin of its enrollment'
  const left = fromLinked ? '' : ` "${previous.hub}" is no longer linked; what stands there is left behind.`
  const says = `The device moves from "${previous.hub}" to "${hub}" ${how}.${left}`
  return { kind: 'move', hub, deviceId, from: previous.hub, fromLinked, twin, says }
}
