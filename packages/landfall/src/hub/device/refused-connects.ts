/**
 * Why a hub did not let a device in, or cut it off, for whoever asks the morning after. The newest stand in memory by
 * tracking id; the first of each device and reason within ten minutes goes to the attempts, which are stored within a
 * bound of their own: a device that tries for ever pushes nobody else out.
 */
import { LRUCache } from 'lru-cache'
import { type HubName, isDeviceId, printable, type RegistrationKey } from '../../ids.ts'
import type { Store } from '../../store/store.ts'
import type { Clock, Instant } from '../../system.ts'
import type { HubRefusal } from '../refusal.ts'
import type { Knock } from './session.ts'

/** Some 800 bytes each. */
const mostRemembered = 10_000
const oncePerMs = 10 * 60_000

export type RefusedConnect = Parameters<Store['note']>[0]

/** One device, refused for one reason. */
export interface Refused {
  /** The newest. */
  readonly connect: RefusedConnect
  /** Among the newest of all devices. */
  readonly times: number
}

/** What is kept of a connection for as long as it lasts. */
export type Connected = Pick<Knock, 'trackingId' | 'deviceId' | 'moduleId' | 'transport' | 'remoteAddress'> & {
  readonly hub: HubName
}

export interface RefusedConnects {
  note(knock: Knock, why: HubRefusal): void
  /** It had been let in. */
  noteCut(connected: Connected, why: HubRefusal): void
  find(trackingId: string): RefusedConnect | undefined
  /** Since the start, the newest first; of one hub or of all, and of names that are no hub here. */
  list(of: { readonly hub?: string; readonly limit: number }): readonly Refused[]
}

export function makeRefusedConnects({
  store,
  clock,
  onRefused = () => {},
}: {
  readonly store: Store
  readonly clock: Clock
  /** `isNews`: it is stored as well. */
  readonly onRefused?: (refused: RefusedConnect, isNews: boolean) => void
}): RefusedConnects {
  const newest = new LRUCache<string, RefusedConnect>({ max: mostRemembered })
  const stored = new LRUCache<string, Instant>({ max: mostRemembered })

  function remember(refused: RefusedConnect, moduleId: string | undefined): void {
    newest.set(refused.trackingId, refused)
    const { hub, deviceId, hubCode, at } = refused
    const what = JSON.stringify([hub, deviceId, moduleId, hubCode]).slice(0, 600)
    const last = stored.get(what)
    const isNews = last === undefined || at - last >= oncePerMs
    if (isNews) {
      stored.set(what, at)
      store.note(refused)
    }
    onRefused(refused, isNews)
  }

  return {
    note(knock, why) {
      const hub = printable(knock.host.replace(/:\d{1,5}$/, ''), 260)
      remember(refusedOf({ ...knock, hub }, why, { at: clock.now(), asked: asked(knock, hub) }), knock.moduleId)
    },
    noteCut(connected, why) {
      const letIn = `The hub "${connected.hub}" had let it in${asModule(connected)}.`
      const cut = { ...refusedOf(connected, why, { at: clock.now(), asked: letIn }), cutOff: true } as const
      remember(cut, connected.moduleId)
    },
    find: (trackingId) => newest.peek(trackingId),
    list({ hub, limit }) {
      const wanted = [...newest.values()].filter((one) => hub === undefined || one.hub === hub)
      const alike = Map.groupBy(wanted, ({ hub, deviceId, hubCode }) => JSON.stringify([hub, deviceId, hubCode]))
      const groups = [...alike.values()].slice(0, limit)
      return groups.flatMap(([connect, ...older]) => (connect ? [{ connect, times: 1 + older.length }] : []))
    },
  }
}

interface Whom extends Omit<Connected, 'hub'> {
  readonly hub: string
}

function refusedOf(
  { trackingId, deviceId, transport, remoteAddress, hub }: Whom,
  { code, number, message }: HubRefusal,
  { at, asked }: { readonly at: Instant; readonly asked: string },
): RefusedConnect {
  const says = printable(message, 1000)
  return {
    trackingId,
    at,
    // devices are mostly registered under the id that they have on their hub
    registrationId: printable(deviceId),
    ...(isDeviceId(deviceId) && { key: deviceId.toLowerCase() as RegistrationKey }),
    transport,
    outcome: 'refused',
    hubCode: code,
    errorCode: number,
    message: says,
    hub,
    deviceId: printable(deviceId),
    durationMs: 0,
    remoteAddress,
    trail: [
      { step: 'request', ok: true, says: asked },
      { step: 'hub', ok: false, says },
    ],
  }
}

function asked({ deviceId, moduleId, sasToken, certificates }: Knock, hub: string): string {
  const who = moduleId === undefined ? '' : `the module "${printable(moduleId)}" of `
  const shown = sasToken ? 'a SAS token' : certificates.length > 0 ? 'a certificate' : 'nothing to prove it by'
  return `It came to the hub "${hub}" as ${who}the device "${printable(deviceId)}", with ${shown}.`
}

const asModule = ({ moduleId }: Connected) => (moduleId === undefined ? '' : ` as its module "${printable(moduleId)}"`)
