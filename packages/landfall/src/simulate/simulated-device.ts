/**
 * A device as small as can be: it registers with a certificate or a key over HTTPS or MQTT, and says how that ended.
 * Nothing of the engine is used here; what it knows is the wire (contract/device-api 2-5).
 */
import type { Timers } from '../system.ts'
import { HttpsDialogue } from './https-dialogue.ts'
import { MqttDialogue } from './mqtt-dialogue.ts'
import type { MqttTransport } from './open-stream.ts'
import type { Device, Dialogue, Endpoint, Means, WireReply } from './wire.ts'

export type DeviceTransport = 'https' | MqttTransport

export type Outcome = Assigned | NotAssigned

export interface Assigned {
  readonly status: 'assigned'
  readonly hub: string
  readonly deviceId: string
  readonly enrollment: string
}

export interface NotAssigned {
  readonly status: 'refused' | 'failed' | 'unreachable'
  readonly message: string
  readonly errorCode?: number
  readonly trackingId?: string
}

/** A registration that takes more polls than this has no end. */
const mostPolls = 100

export async function register(
  device: Device,
  endpoint: Endpoint,
  transport: DeviceTransport,
  means: Means,
): Promise<Outcome & { readonly ms: number }> {
  const { timers, stopwatch } = means
  const began = stopwatch()
  const lasted = () => Math.round((stopwatch() - began) * 10) / 10
  try {
    await using dialogue =
      transport === 'https'
        ? new HttpsDialogue(device, endpoint, means)
        : await MqttDialogue.open(device, endpoint, transport, means)
    const outcome = outcomeOf(await finalReply(dialogue, timers))
    return { ...outcome, ms: lasted() }
  } catch (error) {
    return { status: 'unreachable', message: error instanceof Error ? error.message : String(error), ms: lasted() }
  }
}

async function finalReply(dialogue: Dialogue, timers: Timers): Promise<WireReply> {
  let reply = await dialogue.register()
  for (let polls = 0; reply.status === 202 && polls < mostPolls; polls++) {
    await timers.sleep(reply.retryAfterSeconds * 1000)
    reply = await dialogue.poll(String(reply.body.operationId))
  }
  return reply
}

function outcomeOf({ status, body }: WireReply): Outcome {
  if (status >= 300) {
    return {
      status: 'refused',
      message: String(body.message ?? `status ${status}`),
      errorCode: numberOf(body.errorCode),
      trackingId: textOf(body.trackingId),
    }
  }
  const state = (body.registrationState ?? {}) as Readonly<Record<string, unknown>>
  if (body.status !== 'assigned') {
    const message = textOf(state.errorMessage) ?? `the registration ended as "${body.status}"`
    return { status: 'failed', message, errorCode: numberOf(state.errorCode), trackingId: textOf(body.trackingId) }
  }
  const { enrollmentGroupId } = (state.x509 ?? {}) as { enrollmentGroupId?: string }
  return {
    status: 'assigned',
    hub: String(state.assignedHub),
    deviceId: String(state.deviceId),
    enrollment: enrollmentGroupId ?? 'individual',
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
