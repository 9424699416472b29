/** The live connections of devices: one for an identity. Commits that take away what let a device in cut it at once. */
import type { DeviceId, HubName } from '../../ids.ts'
import type { Change } from '../../store/store.ts'
import type { Instant } from '../../system.ts'
import type { HubDevice } from '../device.ts'
import { deviceNotFound, HubRefusal } from '../refusal.ts'
import { disabled } from './admit.ts'
import { unauthorized } from './judge-token.ts'
import type { Admission, DesiredListener, DeviceLink, MethodHandler, Proof } from './session.ts'

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
  method: MethodHandler | undefined
  wake: (() => void) | undefined
  /** Told when the connection ends: calls that wait for an answer. */
  readonly ending: Set<() => void>
  isOpen: boolean
}

type Named = Pick<Admission, 'hub' | 'deviceId'>

export interface LiveDevices {
  /** The one before is cut. */
  open(admission: Admission, link: DeviceLink, at: { readonly now: Instant; readonly machine: Instant }): LiveDevice
  close(device: LiveDevice): void
  cut(device: LiveDevice, why: HubRefusal): void
  find(of: Named): LiveDevice | undefined
  all(): Iterable<LiveDevice>
  count(hub: HubName): number
  readonly total: number
  /** What commits changed since, for who is on its way in. */
  watch(): Watch
  /** Resolves with the device once it takes methods; undefined: the signal aborted before. */
  withMethods(of: Named, signal: AbortSignal): Promise<LiveDevice | undefined>
  tookMethods(device: LiveDevice): void
  /** Called after each commit, with what is on disk now. */
  committed(changes: readonly Change[]): void
  onClosed(told: (device: LiveDevice) => void): void
}

export interface Watch {
  sawChangeOf(of: Named): boolean
  end(): void
}

const nameOf = ({ hub, deviceId }: Named) => `${hub}/${deviceId}`

export function makeLiveDevices(): LiveDevices {
  const live = new Map<string, LiveDevice>()
  const counts = new Map<HubName, number>()
  const watches = new Set<Set<string>>()
  const waiting = new Map<string, Set<(device: LiveDevice) => void>>()
  let closed: (device: LiveDevice) => void = () => {}

  const countUp = (hub: HubName, by: number) => counts.set(hub, (counts.get(hub) ?? 0) + by)

  function open(
    admission: Admission,
    link: DeviceLink,
    at: { readonly now: Instant; readonly machine: Instant },
  ): LiveDevice {
    const before = live.get(nameOf(admission))
    if (before) cut(before, takenOver(admission))
    const device: LiveDevice = {
      admission,
      link,
      since: at.now,
      lastActivityAt: at.now,
      heardAt: at.machine,
      keptActivityAt: 0,
      desired: undefined,
      method: undefined,
      wake: undefined,
      ending: new Set(),
      isOpen: true,
    }
    live.set(nameOf(admission), device)
    countUp(admission.hub, 1)
    return device
  }

  function close(device: LiveDevice): void {
    if (!device.isOpen) return
    device.isOpen = false
    device.desired = undefined
    device.method = undefined
    device.wake = undefined
    live.delete(nameOf(device.admission))
    countUp(device.admission.hub, -1)
    for (const end of device.ending) end()
    device.ending.clear()
    closed(device)
  }

  function cut(device: LiveDevice, why: HubRefusal): void {
    if (!device.isOpen) return
    close(device)
    device.link.cut(why)
  }

  function tookMethods(device: LiveDevice): void {
    const name = nameOf(device.admission)
    const told = waiting.get(name)
    waiting.delete(name)
    for (const tell of told ?? []) tell(device)
  }

  function withMethods(of: Named, signal: AbortSignal): Promise<LiveDevice | undefined> {
    const name = nameOf(of)
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
    if (change.put === 'device') changed(change.value)
    else if (change.put === 'settings') resettle(change.value.hubs)
    else if (change.put === 'twin' && change.patch)
      live.get(nameOf(change.value))?.desired?.(change.patch, change.value.desiredVersion)
  }

  function changed(device: HubDevice): void {
    note(nameOf(device))
    const there = live.get(nameOf(device))
    const why = there && faultOf(device, there.admission)
    if (there && why) cut(there, why)
  }

  function remove(change: Extract<Change, { delete: unknown }>): void {
    if (change.delete === 'device') {
      note(nameOf(change))
      const there = live.get(nameOf(change))
      if (there) cut(there, deviceNotFound(change.deviceId, change.hub))
    } else if (change.delete === 'hub') {
      note(change.hub)
      for (const device of [...live.values()]) if (device.admission.hub === change.hub) cut(device, hubGone(change.hub))
    }
  }

  /** Policies are changed seldom, and by people: all who came in by one are looked at. */
  function resettle(hubs: Extract<Change, { put: 'settings' }>['value']['hubs']): void {
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
    find: (of) => live.get(nameOf(of)),
    all: () => live.values(),
    count: (hub) => counts.get(hub) ?? 0,
    get total() {
      return live.size
    },
    watch() {
      const seen = new Set<string>()
      watches.add(seen)
      return {
        sawChangeOf: (of) => seen.has(nameOf(of)) || seen.has(of.hub),
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

interface Signing {
  readonly name: string
  readonly primaryKey: string
  readonly secondaryKey: string
  readonly rights: readonly string[]
}

function stillSigns(policy: Signing, proof: Extract<Proof, { kind: 'policyKey' }>): boolean {
  if (policy.name !== proof.policy || !policy.rights.includes('DeviceConnect')) return false
  return policy.primaryKey === proof.key || policy.secondaryKey === proof.key
}

/** Why a connection may not go on with the identity as it is now. */
function faultOf(device: HubDevice, { proof, generationId }: Admission): HubRefusal | undefined {
  if (device.status === 'disabled') return disabled(device.deviceId, device.hub, device.statusReason)
  if (device.generationId !== generationId || !stillProves(device, proof))
    return unauthorized(`The credentials of the device "${device.deviceId}" were changed. Connect with the new ones.`)
}

function stillProves({ authentication }: HubDevice, proof: Proof): boolean {
  switch (proof.kind) {
    case 'policyKey':
      return true
    case 'authority':
      return authentication.type === 'certificateAuthority'
    case 'deviceKey':
      return (
        authentication.type === 'sas' && [authentication.primaryKey, authentication.secondaryKey].includes(proof.key)
      )
    case 'thumbprint':
      return (
        authentication.type === 'selfSigned' &&
        [authentication.primaryThumbprint, authentication.secondaryThumbprint].includes(proof.thumbprint)
      )
  }
}

const takenOver = ({ deviceId }: { readonly deviceId: DeviceId }) =>
  new HubRefusal(
    'ConnectionForcefullyClosedOnNewConnection',
    `The device "${deviceId}" connected once more, and that connection has taken over. Two devices with one id cut each other off for ever.`,
  )

const hubGone = (hub: HubName) => new HubRefusal('IotHubNotFound', `The hub "${hub}" was deleted.`)
