/**
 * The live connections of devices and their modules: one for an identity. Commits that take away what let a device in cut
 * it at once.
 */
import type { HubName } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { Change } from '../../store/store.ts'
import type { Instant } from '../../system.ts'
import type { HubDevice } from '../device.ts'
import { deviceNotFound, HubRefusal, moduleNotFound } from '../refusal.ts'
import { unauthorized } from './judge-token.ts'
import type { MissedDesired } from './missed-desired.ts'
import { type Identity, type IdentityName, keyOf, named } from './named.ts'
import type { Admission, DesiredListener, DeviceLink, MethodHandler } from './session.ts'
import { faultOf, faultOfOwner, stillSigns } from './still-proven.ts'

/** What the hub knows of one connection. */
export interface LiveDevice {
  admission: Admission
  readonly link: DeviceLink
  readonly since: Instant
  lastActivityAt: Instant
  /** By the machine's clock. */
  heardAt: Instant
  /** As it stands in the store. */
  keptActivityAt: Instant
  desired: DesiredListener | undefined
  /** From when it reads its twin until it subscribes. */
  missed: MissedDesired | undefined
  method: MethodHandler | undefined
  wake: (() => void) | undefined
  /** Told when the connection ends: calls that wait for an answer. */
  ending: Set<() => void> | undefined
  isOpen: boolean
}

export interface LiveDevices {
  /** The one before is cut. */
  open(admission: Admission, link: DeviceLink, at: { readonly now: Instant; readonly machine: Instant }): LiveDevice
  close(device: LiveDevice): void
  cut(device: LiveDevice, why: HubRefusal): void
  find(of: IdentityName): LiveDevice | undefined
  all(): Iterable<LiveDevice>
  /** Of devices, not of their modules. */
  count(hub: HubName): number
  readonly total: number
  /** What commits changed since, for who is on its way in. */
  watch(): Watch
  /** Resolves with the device once it takes methods; undefined: the signal aborted before. */
  withMethods(of: IdentityName, signal: AbortSignal): Promise<LiveDevice | undefined>
  tookMethods(device: LiveDevice): void
  /** Called after each commit, with what is on disk now. */
  committed(changes: readonly Change[]): void
  onClosed(told: (device: LiveDevice) => void): void
}

export interface Watch {
  /** Of the identity, or of what let it in. */
  sawChangeOf(admission: Admission): boolean
  end(): void
}

/** What is noted beside identities and hubs; a hub's name is longer than these are likely to be, and has no space. */
const policies = 'the policies'
const authorities = 'the authorities'

export function makeLiveDevices(): LiveDevices {
  const live = new Map<string, LiveDevice>()
  const counts = new Map<HubName, number>()
  /** By their device. */
  const modules = new Map<string, Set<LiveDevice>>()
  const watches = new Set<Set<string>>()
  const waiting = new Map<string, Set<(device: LiveDevice) => void>>()
  let closed: (device: LiveDevice) => void = () => {}

  function entered(device: LiveDevice): void {
    const { admission } = device
    live.set(keyOf(admission), device)
    if (admission.moduleId === undefined) countUp(admission.hub, 1)
    else modules.set(ownerOf(admission), (modules.get(ownerOf(admission)) ?? new Set()).add(device))
  }

  function left(device: LiveDevice): void {
    const { admission } = device
    live.delete(keyOf(admission))
    if (admission.moduleId === undefined) countUp(admission.hub, -1)
    const others = modules.get(ownerOf(admission))
    others?.delete(device)
    if (others?.size === 0) modules.delete(ownerOf(admission))
  }

  const countUp = (hub: HubName, by: number) => counts.set(hub, (counts.get(hub) ?? 0) + by)

  function open(
    admission: Admission,
    link: DeviceLink,
    at: { readonly now: Instant; readonly machine: Instant },
  ): LiveDevice {
    const before = live.get(keyOf(admission))
    if (before) cut(before, takenOver(admission))
    const device: LiveDevice = {
      admission,
      link,
      since: at.now,
      lastActivityAt: at.now,
      heardAt: at.machine,
      keptActivityAt: 0,
      desired: undefined,
      missed: undefined,
      method: undefined,
      wake: undefined,
      ending: undefined,
      isOpen: true,
    }
    entered(device)
    return device
  }

  function close(device: LiveDevice): void {
    if (!device.isOpen) return
    device.isOpen = false
    device.desired = undefined
    device.missed = undefined
    device.method = undefined
    device.wake = undefined
    left(device)
    for (const end of device.ending ?? []) end()
    device.ending = undefined
    closed(device)
  }

  function cut(device: LiveDevice, why: HubRefusal): void {
    if (!device.isOpen) return
    close(device)
    device.link.cut(why)
  }

  function tookMethods(device: LiveDevice): void {
    const name = keyOf(device.admission)
    const told = waiting.get(name)
    waiting.delete(name)
    for (const tell of told ?? []) tell(device)
  }

  function withMethods(of: IdentityName, signal: AbortSignal): Promise<LiveDevice | undefined> {
    const name = keyOf(of)
    const there = live.get(name)
    if (there?.method) return Promise.resolve(there)
    return new Promise((resolve) => {
      const others = waiting.get(name) ?? new Set()
      waiting.set(name, others.add(resolve))
      const giveUp = () => {
        others.delete(resolve)
        if (others.size === 0 && waiting.get(name) === others) waiting.delete(name)
        resolve(undefined)
      }
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  function committed(changes: readonly Change[]): void {
    for (const change of changes) {
      if ('put' in change) put(change)
      else if ('delete' in change) remove(change)
    }
  }

  function put(change: Extract<Change, { put: unknown }>): void {
    if (change.put === 'device') changedDevice(change.value)
    else if (change.put === 'module') changed(change.value)
    else if (change.put === 'settings') resettle(change.value.hubs)
    else if (change.put === 'caCertificate') note(authorities)
    else if ((change.put === 'twin' || change.put === 'moduleTwin') && change.patch)
      wish(live.get(keyOf(change.value)), change.patch, change.value.desiredVersion)
  }

  function wish(device: LiveDevice | undefined, patch: JsonObject, version: number): void {
    if (device?.desired) device.desired(patch, version)
    else device?.missed?.note(patch, version)
  }

  /** Its modules may what it may. */
  function changedDevice(device: HubDevice): void {
    changed(device)
    for (const module of modulesOf(device)) {
      const why = faultOfOwner(device, module.admission)
      if (why) cut(module, why)
    }
  }

  function changed(identity: Identity & Partial<HubDevice>): void {
    note(keyOf(identity))
    const there = live.get(keyOf(identity))
    const why = there && faultOf(identity, there.admission)
    if (there && why) cut(there, why)
  }

  const modulesOf = (device: IdentityName) => [...(modules.get(ownerOf(device)) ?? [])]

  function remove(change: Extract<Change, { delete: unknown }>): void {
    if (change.delete === 'device') {
      const gone = deviceNotFound(change.deviceId, change.hub)
      removed(change, gone)
      for (const module of modulesOf(change)) cut(module, gone)
    } else if (change.delete === 'module') removed(change, moduleNotFound(change.deviceId, change.moduleId))
    else if (change.delete === 'caCertificate') note(authorities)
    else if (change.delete === 'hub') {
      note(change.hub)
      for (const device of [...live.values()]) if (device.admission.hub === change.hub) cut(device, hubGone(change.hub))
    }
  }

  function removed(identity: IdentityName, why: HubRefusal): void {
    note(keyOf(identity))
    const there = live.get(keyOf(identity))
    if (there) cut(there, why)
  }

  /** Policies are changed seldom, and by people: all who came in by one are looked at. */
  function resettle(hubs: Extract<Change, { put: 'settings' }>['value']['hubs']): void {
    note(policies)
    for (const device of [...live.values()]) {
      const { proof, hub: name } = device.admission
      const hub = hubs.find((one) => one.name === name)
      if (hub?.kind !== 'embedded') cut(device, hubGone(name))
      else if (proof.kind === 'policyKey' && !hub.policies.some((policy) => stillSigns(policy, proof)))
        cut(device, unauthorized(`The key of the shared access policy "${proof.policy}" was changed or taken away.`))
    }
  }

  function note(name: string): void {
    for (const seen of watches) seen.add(name)
  }

  return {
    open,
    close,
    cut,
    find: (of) => live.get(keyOf(of)),
    all: () => live.values(),
    count: (hub) => counts.get(hub) ?? 0,
    get total() {
      return live.size
    },
    watch() {
      const seen = new Set<string>()
      watches.add(seen)
      return {
        sawChangeOf: (admission) => wordsFor(admission).some((word) => seen.has(word)),
        end: () => void watches.delete(seen),
      }
    },
    withMethods,
    tookMethods,
    committed,
    onClosed(told) {
      closed = told
    },
  }
}

const ownerOf = ({ hub, deviceId }: IdentityName) => keyOf({ hub, deviceId })

/** Whatever a change that concerns it may be noted by. */
function wordsFor(admission: Admission): readonly string[] {
  const { proof, hub } = admission
  const own = [keyOf(admission), ownerOf(admission), hub]
  if (proof.kind === 'policyKey') return [...own, policies]
  return proof.kind === 'authority' ? [...own, authorities] : own
}

const takenOver = (identity: IdentityName) =>
  new HubRefusal(
    'ConnectionForcefullyClosedOnNewConnection',
    `The ${named(identity)} connected once more, and that connection has taken over. Two with one id cut each other off for ever.`,
  )

const hubGone = (hub: HubName) => new HubRefusal('IotHubNotFound', `The hub "${hub}" was deleted.`)
