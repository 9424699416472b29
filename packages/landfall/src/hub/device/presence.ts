/**
 * Who is there, and who was last heard of when. Known from the live connections; written in batches now and then, so that
 * a device that connects costs no write. A crash loses the last minute of it. Of modules nothing is written.
 */
import { LRUCache } from 'lru-cache'
import type { Store, StoredPresence } from '../../store/store.ts'
import type { Clock } from '../../system.ts'
import type { Presence } from './back-end.ts'
import type { LiveDevice, LiveDevices } from './live.ts'
import { type IdentityName, keyOf } from './named.ts'

/** Modules that were here since the start and left: some 300 bytes each, those longest away are forgotten first. */
const mostModules = 10_000
/** In one commit: keeps each short. */
const mostAtOnce = 500

export interface PresenceBook {
  of(address: IdentityName): Promise<Presence>
  /** A connection ended. */
  left(device: LiveDevice): void
  /** Heard of without a connection of its own. */
  heard(address: IdentityName, modelId?: string): void
  /** Writes what is news. */
  flush(): Promise<void>
}

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly live: LiveDevices
}

export function makePresenceBook({ store, clock, live }: Parts): PresenceBook {
  /** Not written yet, of devices without a connection. */
  const news = new Map<string, StoredPresence>()
  const modules = new LRUCache<string, StoredPresence>({ max: mostModules })

  function note(presence: StoredPresence & IdentityName): void {
    const name = keyOf(presence)
    if (presence.moduleId !== undefined) modules.set(name, presence)
    else news.set(name, { ...news.get(name), ...withoutAbsent(presence) })
  }

  async function write(values: readonly StoredPresence[]): Promise<void> {
    const whole = await Promise.all(
      values.map(async (value) => ({ ...(await store.presence(value.hub, value.deviceId)), ...withoutAbsent(value) })),
    )
    await store.commit([{ note: 'presence', values: whole }])
  }

  return {
    async of(address) {
      const there = live.find(address)
      const { changedAt, lastActivityAt, modelId } = there ? presenceOf(there) : await known(address)
      return { isConnected: there !== undefined, changedAt, lastActivityAt, modelId }
    },

    left(device) {
      note({ ...presenceOf(device), changedAt: clock.now() })
    },

    heard({ hub, deviceId, moduleId }, modelId) {
      const there = live.find({ hub, deviceId, moduleId })
      if (there) there.lastActivityAt = clock.now()
      else note({ hub, deviceId, moduleId, lastActivityAt: clock.now(), modelId })
    },

    async flush() {
      const left = [...news.values()]
      const active = [...live.all()].filter(isNews)
      const values = [...left, ...active.map(presenceOf)]
      for (let at = 0; at < values.length; at += mostAtOnce) await write(values.slice(at, at + mostAtOnce))
      for (const value of left) if (news.get(keyOf(value)) === value) news.delete(keyOf(value))
      for (const device of active) device.keptActivityAt = device.lastActivityAt
    },
  }

  async function known(address: IdentityName): Promise<Partial<StoredPresence>> {
    if (address.moduleId !== undefined) return modules.get(keyOf(address)) ?? {}
    return { ...(await store.presence(address.hub, address.deviceId)), ...news.get(keyOf(address)) }
  }
}

const isNews = ({ admission, lastActivityAt, keptActivityAt }: LiveDevice) =>
  admission.moduleId === undefined && lastActivityAt > keptActivityAt

function presenceOf({ admission, since, lastActivityAt }: LiveDevice): StoredPresence & IdentityName {
  const { hub, deviceId, moduleId, modelId } = admission
  return withoutAbsent({ hub, deviceId, moduleId, changedAt: since, lastActivityAt, modelId })
}

/** What is not known now leaves what was known before. */
function withoutAbsent<Some extends StoredPresence>(presence: Some): Some {
  return Object.fromEntries(Object.entries(presence).filter(([, value]) => value !== undefined)) as unknown as Some
}
