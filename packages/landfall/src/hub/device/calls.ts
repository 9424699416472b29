/**
 * What one device may do, with a connection of its own or without. Ten thousand of them are connected at once: methods are
 * shared, and what most never need is made when they do.
 */
import type { JsonObject } from '../../json.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, machineNow, type Random } from '../../system.ts'
import { HubRefusal, invalid } from '../refusal.ts'
import { readTwin, reportProperties } from '../registry.ts'
import type { TelemetryEvent } from '../telemetry/event.ts'
import type { TelemetryLog } from '../telemetry/log.ts'
import { formFault } from '../twin-limits.ts'
import type { LiveDevice, LiveDevices } from './live.ts'
import { type Mailroom, mailLimits } from './mailroom.ts'
import type { DeviceMessage } from './message.ts'
import type { HubMeters } from './meters.ts'
import { MissedDesired } from './missed-desired.ts'
import type { IdentityName } from './named.ts'
import type { Admission, DesiredListener, DeviceCalls, DeviceSession, Inbox, MethodHandler } from './session.ts'

/** contract/iot-hub 10.9, 19.2 */
const mostTelemetryBytes = 256 * 1024

export interface CallsParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly live: LiveDevices
  readonly telemetry: TelemetryLog
  readonly mailroom: Mailroom
  readonly meters: HubMeters
}

export class Calls implements DeviceCalls {
  readonly #parts: CallsParts
  readonly #admission: Admission
  readonly #device: LiveDevice | undefined
  /** One after the other: a device that reports faster than the disk writes must not be in its own way. */
  #reporting: Promise<unknown> | undefined

  constructor(parts: CallsParts, admission: Admission, device?: LiveDevice) {
    this.#parts = parts
    this.#admission = admission
    this.#device = device
  }

  get hub() {
    return this.#admission.hub
  }

  get deviceId() {
    return this.#admission.deviceId
  }

  get moduleId() {
    return this.#admission.moduleId
  }

  get inbox(): Inbox {
    const { hub, deviceId, moduleId } = this
    return inboxOf(this.#parts, { hub, deviceId, moduleId }, this.#device)
  }

  async sendTelemetry(messages: readonly DeviceMessage[]): Promise<void> {
    this.#heard()
    const { telemetry, meters } = this.#parts
    let bytes = 0
    for (const message of messages) bytes += sizeOf(message)
    await telemetry.append(
      this.#admission.hub,
      messages.map((message) => eventOf(message, this.#admission)),
    )
    meters.telemetry(messages.length, bytes)
  }

  async readTwin() {
    this.#heard()
    const { desired, desiredVersion, reported, reportedVersion } = await readTwin(this.#parts, this.#placed())
    return {
      desired: { ...desired, $version: desiredVersion },
      reported: { ...reported, $version: reportedVersion },
    }
  }

  patchReported(patch: JsonObject, seenVersion?: number): Promise<number> {
    this.#heard()
    const fault = formFault('reported', patch)
    if (fault) return Promise.reject(invalid(fault))
    const told = (this.#reporting ?? Promise.resolve()).then(() =>
      reportProperties(this.#parts, this.#placed(), patch, seenVersion),
    )
    this.#reporting = told.catch(() => {})
    return told.then(({ reportedVersion }) => reportedVersion)
  }

  #heard(): void {
    if (this.#device) hear(this.#device, this.#parts.clock)
  }

  #placed() {
    const { hub, deviceId, moduleId } = this
    return { hub, deviceId, moduleId, at: this.#parts.clock.now() }
  }
}

/** On a live connection. What ended has no listeners any more. */
export class LiveSession extends Calls implements DeviceSession {
  readonly #parts: CallsParts
  readonly #device: LiveDevice

  constructor(parts: CallsParts, device: LiveDevice) {
    super(parts, device.admission, device)
    this.#parts = parts
    this.#device = device
  }

  get generationId() {
    return this.#device.admission.generationId
  }

  override async readTwin() {
    // before it is read, so that nothing slips in between
    if (this.#device.isOpen && !this.#device.desired) this.#device.missed ??= new MissedDesired()
    const twin = await super.readTwin()
    this.#device.missed?.read(twin.desired.$version)
    return twin
  }

  onDesired(listener: DesiredListener | undefined): void {
    if (!this.#device.isOpen) return
    const { missed } = this.#device
    this.#device.desired = listener
    this.#device.missed = undefined
    if (listener) missed?.tell(listener)
  }

  onMethod(handler: MethodHandler | undefined): void {
    if (!this.#device.isOpen) return
    this.#device.method = handler
    if (handler) this.#parts.live.tookMethods(this.#device)
  }

  onCloudMessage(wake: (() => void) | undefined): void {
    if (!this.#device.isOpen) return
    this.#device.wake = wake
    wake?.()
  }

  alive(): void {
    hear(this.#device, this.#parts.clock)
  }

  renew(admission: Admission): void {
    this.#device.admission = admission
  }

  close(): void {
    this.#parts.live.close(this.#device)
  }
}

function hear(device: LiveDevice, clock: Clock): void {
  device.lastActivityAt = clock.now()
  device.heardAt = machineNow(clock)
}

function inboxOf({ mailroom }: CallsParts, of: IdentityName, device: LiveDevice | undefined): Inbox {
  return {
    receive: (lockMs = device ? undefined : mailLimits.lockMs) => mailroom.receive(of, device, lockMs),
    complete: (token) => mailroom.settle(of, token, 'complete'),
    abandon: (token) => mailroom.settle(of, token, 'abandon'),
    reject: (token) => mailroom.settle(of, token, 'reject'),
    letGo: (token) => mailroom.letGo(of, token),
  }
}

/** Member by member, since thousands are made a second: a spread takes ten times as long. */
function eventOf({ body, properties, system }: DeviceMessage, admission: Admission): TelemetryEvent {
  const { deviceId, moduleId, generationId, authMethod } = admission
  return { body, properties, system, deviceId, moduleId, generationId, authMethod }
}

function sizeOf({ body, properties }: DeviceMessage): number {
  if (body.length > mostTelemetryBytes)
    throw new HubRefusal('MessageTooLarge', `The body of a message may have ${mostTelemetryBytes} bytes.`)
  let bytes = body.length
  for (const key in properties) bytes += key.length + String(properties[key] ?? '').length
  return bytes
}
