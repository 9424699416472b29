/** Doing on the hubs what was decided. Doing it twice ends in the same state (contract/semantics 10, 11). */
import type { InitialTwin } from '../enrollment/enrollment.ts'
import { ProvisioningError } from '../fault.ts'
import type { DeviceId, HubName } from '../ids.ts'
import type { Settings } from '../store/settings.ts'
import type { Change } from '../store/store.ts'
import type { Instant } from '../system.ts'
import type { AssignmentOrder, HubLink, Hubs, MovingTwin, WantedAuthentication } from './hub.ts'
import type { Substatus } from './record.ts'
import type { Reprovision } from './reprovision.ts'

export interface HubWork {
  readonly plan: Reprovision
  readonly authentication: WantedAuthentication
  readonly iotEdge?: boolean
  readonly initialTwin?: InitialTwin
  readonly at: Instant
}

export interface HubResult {
  readonly changes: readonly Change[]
  readonly substatus: Substatus
  /** An identity on a remote hub, to be removed once the record is on disk (contract/semantics 11.7). */
  readonly left?: Identity
}

export interface Identity {
  readonly hub: HubName
  readonly deviceId: DeviceId
}

/** The hub that a device goes to, and the one it comes from, where that is still linked. */
export interface Links {
  readonly target: HubLink | undefined
  readonly source: HubLink | undefined
}

export async function openLinks(plan: Reprovision, hubs: Hubs, settings?: Settings): Promise<Links> {
  const target = await hubs.open(plan.hub, settings)
  const source = plan.kind === 'move' && plan.fromLinked ? await hubs.open(plan.from, settings) : undefined
  return { target, source }
}

/** Whether a hub is involved that cannot take part in the store's own durable write. */
export const reachOut = ({ target, source }: Links): boolean => (target?.remote || source?.remote) ?? false

export async function doHubWork(work: HubWork, { target, source }: Links): Promise<HubResult> {
  const { plan } = work
  if (!target) throw new ProvisioningError('hub_not_linked', { hub: plan.hub })
  const moving = plan.kind === 'move' && plan.twin === 'migrate' ? await source?.readTwin(plan.deviceId) : undefined
  const { changes, existed } = await target.assign(orderOf(work, moving))
  const removal = source && !source.remote ? (await source.remove(plan.deviceId)).changes : []
  return {
    changes: [...changes, ...removal],
    substatus: substatusOf(plan, { existed, migrated: moving !== undefined }),
    ...(source?.remote && { left: { hub: source.name, deviceId: plan.deviceId } }),
  }
}

function orderOf(
  { plan, authentication, iotEdge, initialTwin, at }: HubWork,
  moving: MovingTwin | undefined,
): AssignmentOrder {
  return {
    deviceId: plan.deviceId,
    authentication,
    iotEdge,
    twin: moving ? { kind: 'moved', twin: moving } : { kind: 'initial', initialTwin },
    resetTwin: plan.kind === 'move' || (plan.kind === 'stay' && plan.resetTwin),
    at,
  }
}

interface Happened {
  /** The device was on the hub already. */
  readonly existed: boolean
  readonly migrated: boolean
}

// contract/semantics 11.4
function substatusOf(plan: Reprovision, { existed, migrated }: Happened): Substatus {
  if (plan.kind === 'move') return migrated ? 'deviceDataMigrated' : 'deviceDataReset'
  if (plan.kind === 'stay' && plan.never) return 'initialAssignment'
  if (!existed) return 'initialAssignment'
  return plan.kind === 'stay' && plan.resetTwin ? 'deviceDataReset' : 'reprovisionedToInitialAssignment'
}
