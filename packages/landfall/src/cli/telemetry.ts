/** What the devices of a hub send, as a running service tells it; a connection that ends is taken up where it was. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProvisioningServiceClient, ProvisioningServiceError } from 'landfall-client'
import { serverSentEvents } from './server-sent-events.ts'

export interface TelemetryEvent {
  readonly enqueuedAt: string
  readonly deviceId: string
  readonly moduleId?: string
  readonly source?: string
  readonly partition: number
  readonly sequence: number
  readonly system: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string | number | boolean | null>>
  /** One of the two. */
  readonly body?: string
  readonly bodyBase64?: string
}

export interface TelemetryQuestion {
  readonly hub: string
  readonly device?: string
  /** ISO 8601 */
  readonly since?: string
  readonly fromStart?: boolean
  /** Called when the service listens: what devices send from now on is told. */
  readonly onOpen?: () => void
}

/** Attempts in a row; the service may be starting again. */
const mostTries = 5
const pauseMs = 1000

export async function* telemetryOf(
  client: ProvisioningServiceClient,
  question: TelemetryQuestion,
  signal: AbortSignal,
): AsyncGenerator<TelemetryEvent> {
  let place: string | undefined
  let tries = 0
  while (!signal.aborted) {
    try {
      for await (const { id, data } of serverSentEvents(await open(client, question, place, signal))) {
        if (place === undefined) question.onOpen?.()
        tries = 0
        place = id ?? place
        if (data !== undefined) yield* (JSON.parse(data) as { readonly events: readonly TelemetryEvent[] }).events
      }
    } catch (error) {
      if (signal.aborted) return
      tries += 1
      if (place === undefined || tries > mostTries || error instanceof ProvisioningServiceError) throw error
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {})
  }
}

function open(
  client: ProvisioningServiceClient,
  { hub, device, since, fromStart }: TelemetryQuestion,
  place: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const query = new URLSearchParams({
    ...(device !== undefined && { device }),
    ...(since !== undefined && { since }),
    ...(fromStart && { from: 'start' }),
  })
  const path = `/landfall/hubs/${encodeURIComponent(hub)}/telemetry?${query}`
  const headers = { accept: 'text/event-stream', ...(place !== undefined && { 'last-event-id': place }) }
  return client.open({ method: 'GET', path, headers, signal })
}
