/**
 * Who is there, and who was last heard of when. Known from the live connections; written in batches now and then, so that
 * a device that connects costs no write. A crash loses the last minute of it.
 */
import type { Store, StoredPresence } from '../../store/store.ts'
import type { Clock } from '../../system.ts'
import type { DeviceAddress, Presence } from './back-end.ts'
import type { LiveDevice, LiveDevices } from './live.ts'

/** In one commit: keeps each short. */
const mostAtOnce = 500

export interface PresenceBook {
  of(address: DeviceAddress): Promise<Presence>
  /** A connection ended. */
  left(device: LiveDevice): void
  /** Heard of without a connection of its own. */
  heard(address: DeviceAddress, modelId?: string): void
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
  const nameOf = ({ hub, deviceId }: DeviceAddress) => `${hub}/${deviceId}`

  function note(presence: StoredPresence): void {
    const name = nameOf(presence)
    news.set(name, { ...news.get(name), ...withoutAbsent(presence) })
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

    heard({ hub, deviceId }, modelId) {
      const there = live.find({ hub, deviceId })
      if (there) there.lastActivityAt = clock.now()
      else note({ hub, deviceId, lastActivityAt: clock.now(), modelId })
    },

    async flush() {
      const left = [...news.values()]
      const active = [...live.all()].filter((device) => device.lastActivityAt > device.keptActivityAt)
      const values = [...left, ...active.map(presenceOf)]
      for (let at = 0; at < values.length; at += mostAtOnce) await write(values.slice(at, at + mostAtOnce))
      for (const value of left) if (news.get(nameOf(value)) === value) news.delete(nameOf(value))
      for (const device of active) device.keptActivityAt = device.lastActivityAt
    },
  }

  async function known(address: DeviceAddress): Promise<Partial<StoredPresence>> {
    return { ...(await store.presence(address.hub, address.deviceId)), ...news.get(nameOf(address)) }
  }
}

function presenceOf({ admission, since, lastActivityAt }: LiveDevice): StoredPresence {
  const { hub, deviceId, modelId } = admission
  return withoutAbsent({ hub, deviceId, changedAt: since, lastActivityAt, modelId })
}

/** What is not known now leaves what was known before. */
function withoutAbsent(presence: StoredPresence): StoredPresence {
  return Object.fromEntries(
    Object.entries(presence).filter(([, value]) => value !== undefined),
  ) as unknown as StoredPresence
}
