/** The embedded hubs as their devices and back ends meet them: every part, and what one device may do. */
import type { Log } from '../../observe/log.ts'
import type { Change, Store } from '../../store/store.ts'
import { type Clock, machineNow, type Random, type Timers } from '../../system.ts'
import { HubRefusal } from '../refusal.ts'
import type { TelemetryLog } from '../telemetry/log.ts'
import { makeTelemetryLog } from '../telemetry/make-log.ts'
import { admit, type DoorParts } from './admit.ts'
import { cutUntrusted, touchesAuthorities } from './authorities.ts'
import type { DeviceBackEnd } from './back-end.ts'
import { Calls, LiveSession } from './calls.ts'
import { makeFeedbackRoom } from './feedback.ts'
import { unauthorized } from './judge-token.ts'
import { type LiveDevice, type LiveDevices, makeLiveDevices } from './live.ts'
import { type Mailroom, makeMailroom } from './mailroom.ts'
import type { HubMeters } from './meters.ts'
import { invokeMethod } from './methods.ts'
import { named } from './named.ts'
import { makePresenceBook, type PresenceBook } from './presence.ts'
import { type Connected, makeRefusedConnects, type RefusedConnect, type RefusedConnects } from './refused-connects.ts'
import type { Admission, DeviceHub, DeviceLink, DeviceSession, Knock } from './session.ts'

export interface DeviceHubParts extends DoorParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: Log
  readonly meters: HubMeters
  /** A device was not let in, or cut off. `isNews`: it was not told the same in the last ten minutes. */
  readonly onRefused?: (refused: RefusedConnect, isNews: boolean) => void
}

export interface DeviceHubs extends DeviceHub, DeviceBackEnd {
  readonly telemetry: TelemetryLog
  /** Among the newest that were not let in. */
  refusedConnect(trackingId: string): RefusedConnect | undefined
  readonly refusedConnects: RefusedConnects['list']
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
    refusedConnects: refused.list,
    callsOf(admission) {
      presence.heard(admission, admission.modelId)
      return new Calls(rooms, admission)
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
    cloudMessageCount: store.cloudMessageCount,
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
  const { live, clock } = rooms
  for (let look = 1; ; look++) {
    const watch = live.watch()
    try {
      const admission = await admitOrTell(rooms, knock)
      if (watch.sawChangeOf(admission)) {
        if (look < mostLooks) continue
        throw new HubRefusal('ServiceUnavailable', 'The device is being changed all the time. Connect again.')
      }
      const at = { now: clock.now(), machine: machineNow(clock) }
      return new LiveSession(rooms, live.open(admission, telling(rooms, { ...knock, hub: admission.hub }, link), at))
    } finally {
      watch.end()
    }
  }
}

/** Lives as long as the connection, so it holds nothing of what the device showed. */
function telling({ log, refused }: Rooms, connected: Connected, link: DeviceLink): DeviceLink {
  const { trackingId, hub, deviceId, moduleId, transport, remoteAddress } = connected
  return {
    idleMs: link.idleMs,
    cut(why) {
      // a device that lost its network, or whose hub closes, was taken nothing
      if (why.status < 500 && why.code !== 'DeviceConnectionClosedRemotely')
        refused.noteCut({ trackingId, hub, deviceId, moduleId, transport, remoteAddress }, why)
      log.info({ trackingId, code: why.code, deviceId, moduleId, transport }, `a device was cut off: ${why.message}`)
      link.cut(why)
    },
  }
}
