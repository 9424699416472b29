/** The queues of cloud-to-device messages: who holds which message, and what becomes of it (contract/iot-hub 13). */
import type { HubName } from '../../ids.ts'
import type { Change, Store } from '../../store/store.ts'
import { type Clock, type Instant, machineNow, type Random } from '../../system.ts'
import { deviceNotFound, HubRefusal, moduleNotFound } from '../refusal.ts'
import type { CloudMessageOrder, DeviceAddress } from './back-end.ts'
import type { LiveDevice, LiveDevices } from './live.ts'
import type { FeedbackStatus, PropertyValue, StoredCloudMessage } from './message.ts'
import type { HubMeters } from './meters.ts'
import { type IdentityName, keyOf, named } from './named.ts'
import type { Delivery } from './session.ts'

/** contract/iot-hub 13.1 */
export const mailLimits = {
  messages: 50,
  bytes: 64 * 1024,
  /** MQTT 3.1.1, 1.5.3, less what the hub itself puts there. */
  topicBytes: 63 * 1024,
  deliveries: 10,
  lockMs: 60_000,
  ttlMs: 3600_000,
  longestTtlMs: 2 * 24 * 3600_000,
} as const

/** Read at once when one is looked for: beyond those that are locked. */
const lookAhead = 4
/** Expired ones that are cleared away in one commit. */
const mostExpired = 200

interface Lock {
  readonly message: StoredCloudMessage
  readonly token: string
  /** Absent: until its holder is gone. */
  readonly until?: Instant
  readonly holder: LiveDevice | undefined
}

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly live: LiveDevices
  readonly meters: HubMeters
  /** Feedback of this hub is on disk. */
  readonly onFeedback: (hub: HubName) => void
}

export interface Mailroom {
  send(to: IdentityName, order: CloudMessageOrder): Promise<void>
  receive(of: IdentityName, holder: LiveDevice | undefined, lockMs: number | undefined): Promise<Delivery | undefined>
  settle(of: IdentityName, token: string, how: 'complete' | 'abandon' | 'reject'): Promise<void>
  letGo(of: IdentityName, token: string): void
  purge(to: DeviceAddress): Promise<number>
  /** A connection ended: what it held is free. */
  left(holder: LiveDevice): void
  /** Locks that ended, messages that expired. */
  tidy(): Promise<void>
}

export function makeMailroom(parts: Parts): Mailroom {
  const { store, clock, random, live, meters } = parts
  /** By device or module, then by message. */
  const locks = new Map<string, Map<string, Lock>>()
  /** Being written: counted, so that no two of them take the last place. */
  const arriving = new Map<string, number>()
  /** Being settled: whoever else wants to is too late. */
  const ending = new Set<string>()
  const now = () => machineNow(clock)

  async function send(to: IdentityName, order: CloudMessageOrder): Promise<void> {
    refuseTooLarge(order)
    await mustBeThere(to)
    const name = keyOf(to)
    const queued = await store.cloudMessageCount(to)
    const coming = arriving.get(name) ?? 0
    if (queued + coming >= mailLimits.messages) throw queueFull(to)
    arriving.set(name, coming + 1)
    try {
      await store.commit([{ append: 'cloudMessage', value: messageOf(to, order) }])
    } finally {
      const left = (arriving.get(name) ?? 1) - 1
      if (left === 0) arriving.delete(name)
      else arriving.set(name, left)
    }
    meters.cloudMessage('sent')
    live.find(to)?.wake?.()
  }

  async function mustBeThere({ hub, deviceId, moduleId }: IdentityName): Promise<void> {
    if (!(await store.device(hub, deviceId))) throw deviceNotFound(deviceId, hub)
    if (moduleId === undefined || (await store.module({ hub, deviceId, moduleId }))) return
    throw moduleNotFound(deviceId, moduleId)
  }

  function messageOf(to: IdentityName, { expiresAt, ...order }: CloudMessageOrder) {
    const enqueuedAt = now()
    const latest = enqueuedAt + mailLimits.longestTtlMs
    return {
      ...order,
      ...wellFormed(order),
      ...placeOf(to),
      id: random.uuid(),
      enqueuedAt,
      expiresAt: Math.min(expiresAt ?? enqueuedAt + mailLimits.ttlMs, latest),
      deliveryCount: 0,
    }
  }

  async function receive(of: IdentityName, holder: LiveDevice | undefined, lockMs: number | undefined) {
    for (;;) {
      const held = locksOf(of)
      const queue = await store.cloudMessages({ ...placeOf(of), limit: held.size + ending.size + lookAhead })
      if (holder?.isOpen === false) return
      // looked at after the wait: another may have taken one meanwhile
      const free = queue.filter(({ id }) => !isLocked(held.get(id)) && !ending.has(id))
      const expired = free.filter(({ expiresAt }) => expiresAt <= now())
      const [message] = free
      if (expired.length === 0) return message && lock(of, message, holder, lockMs)
      await end(of, expired, 'Expired')
    }
  }

  function lock(
    of: IdentityName,
    message: StoredCloudMessage,
    holder: LiveDevice | undefined,
    lockMs?: number,
  ): Delivery {
    const token = random.uuid()
    const until = lockMs === undefined ? undefined : now() + lockMs
    const held = locksOf(of)
    locks.set(keyOf(of), held.set(message.id, { message, token, until, holder }))
    return { message, lockToken: token }
  }

  const locksOf = (of: IdentityName) => locks.get(keyOf(of)) ?? new Map<string, Lock>()
  const isLocked = (lock: Lock | undefined) => lock !== undefined && (lock.until === undefined || lock.until > now())

  function unlock(of: IdentityName, id: string): void {
    const held = locks.get(keyOf(of))
    held?.delete(id)
    if (held?.size === 0) locks.delete(keyOf(of))
  }

  async function settle(of: IdentityName, token: string, how: 'complete' | 'abandon' | 'reject'): Promise<void> {
    const lock = [...locksOf(of).values()].find((one) => one.token === token)
    if (!lock || !isLocked(lock) || ending.has(lock.message.id)) throw lockLost()
    const { message } = lock
    if (how === 'complete') await end(of, [message], 'Success')
    else if (how === 'reject') await end(of, [message], 'Rejected')
    else await giveBack(of, message)
    meters.cloudMessage(how)
  }

  function letGo(of: IdentityName, token: string): void {
    const lock = [...locksOf(of).values()].find((one) => one.token === token)
    if (!lock || ending.has(lock.message.id)) return
    unlock(of, lock.message.id)
    live.find(of)?.wake?.()
  }

  // contract/iot-hub 13.1: counted only where it is given back
  async function giveBack(of: IdentityName, { id, deliveryCount, ...message }: StoredCloudMessage): Promise<void> {
    const count = deliveryCount + 1
    if (count >= mailLimits.deliveries) return end(of, [{ ...message, id, deliveryCount }], 'DeliveryCountExceeded')
    await store.commit([{ abandon: 'cloudMessage', id, deliveryCount: count }])
    unlock(of, id)
    live.find(of)?.wake?.()
  }

  /** The messages are gone and whoever wants to know is told, in one commit. */
  async function end(of: IdentityName, wanted: readonly StoredCloudMessage[], status: FeedbackStatus): Promise<void> {
    const messages = wanted.filter(({ id }) => !ending.has(id))
    if (messages.length === 0) return
    for (const { id } of messages) ending.add(id)
    try {
      const feedback = await feedbackOf(of, messages, status)
      await store.commit([{ settle: 'cloudMessages', ids: messages.map(({ id }) => id) }, ...feedback])
      for (const { id } of messages) unlock(of, id)
      if (feedback.length > 0) parts.onFeedback(of.hub)
    } finally {
      for (const { id } of messages) ending.delete(id)
    }
  }

  async function feedbackOf(
    of: IdentityName,
    messages: readonly StoredCloudMessage[],
    statusCode: FeedbackStatus,
  ): Promise<readonly Change[]> {
    const told = messages.filter(({ ack }) => wants(ack, statusCode))
    const device = told.length > 0 ? await store.device(of.hub, of.deviceId) : undefined
    const deviceGenerationId = device?.generationId ?? ''
    const at = now()
    return told.map(({ system: { messageId: originalMessageId = '' } }) => ({
      append: 'feedback',
      value: { ...placeOf(of), deviceGenerationId, originalMessageId, statusCode, at },
    }))
  }

  return {
    send,
    receive,
    settle,
    letGo,

    async purge(to) {
      await mustBeThere(to)
      const messages = await store.cloudMessages({ ...placeOf(to), limit: mailLimits.messages })
      if (messages.length > 0) await end(to, messages, 'Purged')
      return messages.length
    },

    left(holder) {
      for (const { message, holder: by, until } of locksOf(holder.admission).values())
        if (by === holder && until === undefined) unlock(message, message.id)
    },

    async tidy() {
      for (const held of [...locks.values()])
        for (const one of held.values()) {
          if (isLocked(one)) continue
          unlock(one.message, one.message.id)
          live.find(one.message)?.wake?.()
        }
      const expired = await store.expiredCloudMessages(now(), mostExpired)
      for (const message of expired)
        if (!isLocked(locksOf(message).get(message.id))) await end(message, [message], 'Expired')
    },
  }
}

const placeOf = ({ hub, deviceId, moduleId }: IdentityName): IdentityName => ({
  hub,
  deviceId,
  ...(moduleId !== undefined && { moduleId }),
})

// contract/iot-hub 13.3
function wants(ack: StoredCloudMessage['ack'], status: FeedbackStatus): boolean {
  return ack === 'full' || ack === (status === 'Success' ? 'positive' : 'negative')
}

function refuseTooLarge({ body, properties, system }: CloudMessageOrder): void {
  const pairs = Object.entries(properties).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  if (body.length + pairs > mailLimits.bytes)
    throw new HubRefusal('MessageTooLarge', `A message to a device may have ${mailLimits.bytes} bytes.`)
  const bag = [...Object.entries(properties), ...Object.entries(system)].map(([name, value]) => `${name}=${value}`)
  if (encodeURIComponent(bag.join('&').toWellFormed()).length > mailLimits.topicBytes)
    throw new HubRefusal(
      'MessageTooLarge',
      `The properties of a message to a device may have ${mailLimits.topicBytes} bytes, percent-encoded: in MQTT they stand in its topic.`,
    )
}

/** JSON may hold half of a surrogate pair, which neither a topic nor a header can: its queue would wait for it. */
function wellFormed({ properties, system }: CloudMessageOrder): Pick<CloudMessageOrder, 'properties' | 'system'> {
  const whole = (entries: readonly (readonly [string, PropertyValue | undefined])[]) =>
    entries.map(([name, value]) => [name.toWellFormed(), typeof value === 'string' ? value.toWellFormed() : value])
  return {
    properties: Object.fromEntries(whole(Object.entries(properties))),
    system: Object.fromEntries(whole(Object.entries(system))),
  }
}

const queueFull = (to: IdentityName) =>
  new HubRefusal(
    'DeviceMaximumQueueDepthExceeded',
    `The ${named(to)} has ${mailLimits.messages} messages waiting, and there is room for no more. Wait until it has fetched some, or purge them.`,
  )

const lockLost = () =>
  new HubRefusal(
    'DeviceMessageLockLost',
    'The message is not locked by this token any more: its time was up, or it was settled. It is delivered again unless it was.',
  )
