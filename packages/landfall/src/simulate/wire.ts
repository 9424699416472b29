/** What a device and the service say to each other, whatever the transport (contract/device-api 3). */
import { makeToken } from '../sas/token.ts'
import { type Clock, machineNow, type Timers } from '../system.ts'

export type Device = CertificateDevice | KeyDevice

export interface CertificateDevice {
  readonly registrationId: string
  /** PEM: the device certificate and its intermediates, without the root. */
  readonly chain: string
  readonly key: string
}

export interface KeyDevice {
  readonly registrationId: string
  /** Base64: the device's own, derived where it is of a group. */
  readonly symmetricKey: string
}

/** Where the service listens. */
export interface Reach {
  readonly host: string
  /** What the certificate of the service must name; absent: the host. */
  readonly serverName?: string
  readonly httpsPort: number
  readonly mqttPort: number
  /** PEM of what the device trusts; undefined: what Node trusts. */
  readonly ca: string | undefined
}

export interface Endpoint extends Reach {
  readonly idScope: string
}

/** What a device has of its machine. */
export interface Means {
  readonly timers: Timers
  readonly clock: Clock
  /** Milliseconds of a clock that goes on while a test's stands still. */
  readonly stopwatch: () => number
}

/** One conversation with the service: a register message, then polls. */
export interface Dialogue extends AsyncDisposable {
  register(): Promise<WireReply>
  poll(operationId: string): Promise<WireReply>
}

/** What the service answered to one message. */
export interface WireReply {
  readonly status: number
  readonly retryAfterSeconds: number
  readonly body: Readonly<Record<string, unknown>>
}

export const apiVersion = '2021-10-01'
/** Of one message; a service that is busy answers later, but not never. */
export const replyTimeoutMs = 30_000
const tokenLifeMs = 3_600_000

export function wireReply(status: number, retryAfter: string | undefined, text: string): WireReply {
  return { status, retryAfterSeconds: Number(retryAfter ?? 1) || 0, body: objectOf(text) }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { message: text }
  }
}

/** What a device shows in TLS. */
export const shownInTls = (device: Device) => ('chain' in device ? { cert: device.chain, key: device.key } : {})

/** Undefined: the device has shown a certificate. */
export function tokenOf(
  device: Device,
  resource: string,
  { clock }: Pick<Means, 'clock'>,
  policyName?: string,
): string | undefined {
  if (!('symmetricKey' in device)) return
  return makeToken({ resource, key: device.symmetricKey, expiry: machineNow(clock) + tokenLifeMs, policyName })
}

/** contract/device-api 2.2 */
export const registrationToken = (device: Device, idScope: string, means: Pick<Means, 'clock'>) =>
  tokenOf(device, `${idScope}/registrations/${device.registrationId}`, means, 'registration')
