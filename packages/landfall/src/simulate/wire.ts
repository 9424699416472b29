/** What a device and the service say to each other, whatever the transport (contract/device-api 3). */

export interface Device {
  readonly registrationId: string
  /** PEM: the device certificate and its intermediates, without the root. */
  readonly chain: string
  readonly key: string
}

export interface Endpoint {
  readonly host: string
  /** What the certificate of the service must name; absent: the host. */
  readonly serverName?: string
  readonly httpsPort: number
  readonly mqttPort: number
  readonly idScope: string
  /** PEM of what the device trusts. */
  readonly ca: string
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
