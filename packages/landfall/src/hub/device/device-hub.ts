/** The embedded hubs as their devices and back ends meet them: every part, and what one device may do. */
import type { Log } from '../../observe/log.ts'
import type { Change, Store } from '../../store/store.ts'
import { type Clock, machineNow, type Random, type Timers } from '../../system.ts'
import { HubRefusal, invalid } from '../refusal.ts'
import { readTwin, reportProperties } from '../registry.ts'
import type { TelemetryLog } from '../telemetry/log.ts'
import { makeTelemetryLog } from '../telemetry/make-log.ts'
import { formFault } from '../twin-limits.ts'
import { admit, type DoorParts } from './admit.ts'
import { cutUntrusted, touchesAuthorities } from './authorities.ts'
import type { DeviceBackEnd } from './back-end.ts'
import { makeFeedbackRoom } from './feedback.ts'
import { unauthorized } from './judge-token.ts'
import { type LiveDevice, type LiveDevices, makeLiveDevices } from './live.ts'
import { type Mailroom, mailLimits, makeMailroom } from './mailroom.ts'
import type { DeviceMessage } from './message.ts'
import type { HubMeters } from './meters.ts'
import { invokeMethod } from './methods.ts'
import { named } from './named.ts'
import { makePresenceBook, type PresenceBook } from './presence.ts'
import { makeRefusedConnects, type RefusedConnect, type RefusedConnects } from './refused-connects.ts'
import type { Admission, DeviceCalls, DeviceHub, DeviceLink, DeviceSession, Inbox, Knock } from './session.ts'

export interface DeviceHubParts extends DoorParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  readonly meters: HubMeters
}

export interface DeviceHubs extends DeviceHub, DeviceBackEnd {
  readonly telemetry: TelemetryLog
  /** Among the newest that were not let in. */
  refusedConnect(trackingId: string): RefusedConnect | undefined
  /** To be called with what each commit of the whole service changed, once it is on disk. */
  committed(changes: readonly Change[]): void
  /** All hubs together. */
  readonly connected: number
  /** Writes what is known of who is there. */
  close(): Promise<void>
}

/** How often tokens, locks and messages are looked at that end by themselves. */
const tidyMs = 5000
/** How often it is written who was heard of; in rounds of tidying. */
const roundsAPresence = 12
/** contract/iot-hub 10.9, 19.2 */
const mostTelemetryBytes = 256 * 1024
/** Someone who changes a device while it connects makes it look again; not for ever. */
const mostLooks = 3

export function makeDeviceHubs(parts: DeviceHubParts): DeviceHubs {
  const { store, clock, timers, meters } = parts
  const live = makeLiveDevices()
  const telemetry = makeTelemetryLog(parts)
  const feedback = makeFeedbackRoom(parts)
  const mailroom = makeMailroom({ ...parts, live, onFeedback: feedback.arrived })
  const presence = makePresenceBook({ ...parts, live })
  const refused = makeRefusedConnects(parts)
  const rooms: Rooms = { ...parts, live, telemetry, mailroom, presence, refused }
  const closing = new AbortController()
  live.onClosed((device) => {
    mailroom.left(device)
    presence.left(device)
  })
  void tidyNowAndThen(rooms, feedback.tidy, closing.signal)

  return {
    telemetry,
    feedback,
    committed(changes) {
      live.committed(changes)
      if (!touchesAuthorities(changes)) return
      cutUntrusted(live, store).catch((error) =>
        parts.log.warn({ err: error }, 'whether CA certificates still vouch for connected devices could not be read'),
      )
    },
    get connected() {
      return live.total
    },
    connectedCount: live.count,
    presenceOf: presence.of,
    admit: (knock) => admitOrTell(rooms, knock),
    refuse: (knock, why) => tellRefused(rooms, knock, why),
    refusedConnect: refused.find,
    callsOf(admission) {
      presence.heard(admission, admission.modelId)
      return callsOf(rooms, admission, undefined)
    },
    connect: (knock, link) => connect(rooms, knock, link),
    async invokeMethod(to, order) {
      const begun = clock.now()
      const told = (outcome: string) => meters.method(outcome, clock.now() - begun)
      try {
        const result = await invokeMethod({ store, timers, live }, to, order)
        told('answered')
        return result
      } catch (error) {
        told(error instanceof HubRefusal ? error.code : 'ServerError')
        throw error
      }
    },
    sendCloudMessage: mailroom.send,
    purgeCloudMessages: mailroom.purge,
    cloudMessageCount: ({ hub, deviceId }) => store.cloudMessageCount(hub, deviceId),
    async close() {
      closing.abort()
      for (const device of [...live.all()])
        live.cut(device, new HubRefusal('ServiceUnavailable', 'The hub is closing.'))
      await presence.flush().catch((error) => parts.log.warn({ err: error }, 'who was connected could not be written'))
    },
  }
}

interface Rooms extends DeviceHubParts {
  readonly live: LiveDevices
  readonly telemetry: TelemetryLog
  readonly mailroom: Mailroom
  readonly presence: PresenceBook
  readonly refused: RefusedConnects
}

async function tidyNowAndThen(rooms: Rooms, tidyFeedback: () => void, signal: AbortSignal): Promise<void> {
  for (let round = 1; ; round++) {
    await rooms.timers.sleep(tidyMs, signal)
    if (signal.aborted) return
    try {
      cutExpired(rooms)
      cutSilent(rooms)
      tidyFeedback()
      await rooms.mailroom.tidy()
      if (round % roundsAPresence === 0) await rooms.presence.flush()
    } catch (error) {
      rooms.log.warn({ err: error }, 'the hub could not tidy up; it tries again')
    }
  }
}

// contract/iot-hub 2.5
function cutExpired({ live, clock }: Rooms): void {
  const at = machineNow(clock)
  for (const device of [...live.all()]) {
    const { admission } = device
    const { expiresAt } = admission
    if (expiresAt !== undefined && expiresAt < at)
      live.cut(device, unauthorized(`The SAS token of the ${named(admission)} has expired. Connect with a new one.`))
  }
}

// MQTT 3.1.1, 3.1.2.10: what counts is what comes from the device
function cutSilent({ live, clock }: Rooms): void {
  const at = machineNow(clock)
  for (const device of [...live.all()]) {
    const { idleMs } = device.link
    if (idleMs !== undefined && at - device.heardAt > idleMs) live.cut(device, silent(device))
  }
}

const silent = ({ admission }: LiveDevice) =>
  new HubRefusal(
    'DeviceConnectionClosedRemotely',
    `Nothing was heard of the ${named(admission)} for longer than its keep-alive allows.`,
  )

async function admitOrTell(rooms: Rooms, knock: Knock): Promise<Admission> {
  try {
    return await admit(rooms, knock)
  } catch (error) {
    if (error instanceof HubRefusal) tellRefused(rooms, knock, error)
    throw error
  }
}

function tellRefused({ log, meters, refused }: Rooms, knock: Knock, why: HubRefusal): void {
  const { code, message } = why
  const { trackingId, host, deviceId, moduleId, transport, remoteAddress } = knock
  meters.refused(code, transport)
  refused.note(knock, why)
  const facts = {
    trackingId,
    code,
    host: host.slice(0, 260),
    deviceId: deviceId.slice(0, 140),
    ...(moduleId !== undefined && { moduleId: moduleId.slice(0, 140) }),
    transport,
    remoteAddress,
  }
  log.info(facts, `a device was refused by its hub: ${message}`)
}

async function connect(rooms: Rooms, knock: Knock, link: DeviceLink): Promise<DeviceSession> {
  const { live, clock, log } = rooms
  for (let look = 1; ; look++) {
    const watch = live.watch()
    try {
      const admission = await admitOrTell(rooms, knock)
      if (watch.sawChangeOf(admission)) {
        if (look < mostLooks) continue
        throw new HubRefusal('ServiceUnavailable', 'The device is being changed all the time. Connect again.')
      }
      const cut = (why: HubRefusal) => {
        const { trackingId, deviceId, moduleId, transport } = knock
        log.info({ trackingId, code: why.code, deviceId, moduleId, transport }, `a device was cut off: ${why.message}`)
        link.cut(why)
      }
      const at = { now: clock.now(), machine: machineNow(clock) }
      return sessionOf(rooms, live.open(admission, { ...link, cut }, at))
    } finally {
      watch.end()
    }
  }
}

function sessionOf(rooms: Rooms, device: LiveDevice): DeviceSession {
  const { live, clock } = rooms
  return {
    ...callsOf(rooms, device.admission, device),
    onDesired(listener) {
      if (device.isOpen) device.desired = listener
    },
    onMethod(handler) {
      if (!device.isOpen) return
      device.method = handler
      if (handler) live.tookMethods(device)
    },
    onCloudMessage(wake) {
      if (!device.isOpen) return
      device.wake = wake
      wake?.()
    },
    alive: () => hear(device, clock),
    renew(admission) {
      device.admission = admission
    },
    close: () => live.close(device),
  }
}

function hear(device: LiveDevice, clock: Clock): void {
  device.lastActivityAt = clock.now()
  device.heardAt = machineNow(clock)
}

function callsOf(rooms: Rooms, admission: Admission, device: LiveDevice | undefined): DeviceCalls {
  const { store, random, clock, telemetry, meters } = rooms
  const { hub, deviceId, moduleId, generationId, authMethod } = admission
  const whose = { deviceId, ...(moduleId !== undefined && { moduleId }), generationId, authMethod }
  const heard = () => {
    if (device) hear(device, clock)
  }
  const placed = () => ({ hub, deviceId, moduleId, at: clock.now() })
  /** One after the other: a device that reports faster than the disk writes must not be in its own way. */
  let reporting: Promise<unknown> = Promise.resolve()

  return {
    hub,
    deviceId,
    moduleId,
    async sendTelemetry(messages) {
      heard()
      let bytes = 0
      for (const message of messages) bytes += sizeOf(message)
      const events = messages.map((message) => ({ ...message, ...whose }))
      await telemetry.append(hub, events)
      meters.telemetry(messages.length, bytes)
    },
    async readTwin() {
      heard()
      const { desired, desiredVersion, reported, reportedVersion } = await readTwin({ store, random }, placed())
      return {
        desired: { ...desired, $version: desiredVersion },
        reported: { ...reported, $version: reportedVersion },
      }
    },
    patchReported(patch) {
      heard()
      const fault = formFault('reported', patch)
      if (fault) return Promise.reject(invalid(fault))
      const told = reporting.then(() => reportProperties({ store, random }, placed(), patch))
      reporting = told.catch(() => {})
      return told.then(({ reportedVersion }) => reportedVersion)
    },
    inbox: moduleId === undefined ? inboxOf(rooms, { hub, deviceId }, device) : emptyInbox,
  }
}

function inboxOf({ mailroom }: Rooms, of: Pick<Admission, 'hub' | 'deviceId'>, device: LiveDevice | undefined): Inbox {
  return {
    receive: (lockMs = device ? undefined : mailLimits.lockMs) => mailroom.receive(of, device, lockMs),
    complete: (token) => mailroom.settle(of, token, 'complete'),
    abandon: (token) => mailroom.settle(of, token, 'abandon'),
    letGo: (token) => mailroom.letGo(of, token),
    reject: (token) => mailroom.settle(of, token, 'reject'),
  }
}

// contract/iot-hub 13.1: messages are for devices
const lockLost = () => Promise.reject(new HubRefusal('DeviceMessageLockLost', 'A module has no messages to settle.'))
const emptyInbox: Inbox = {
  receive: () => Promise.resolve(undefined),
  complete: lockLost,
  abandon: lockLost,
  letGo() {},
  reject: lockLost,
}

function sizeOf({ body, properties }: DeviceMessage): number {
  if (body.length > mostTelemetryBytes)
    throw new HubRefusal('MessageTooLarge', `The body of a message may have ${mostTelemetryBytes} bytes.`)
  let bytes = body.length
  for (const [key, value] of Object.entries(properties)) bytes += key.length + String(value ?? '').length
  return bytes
}
