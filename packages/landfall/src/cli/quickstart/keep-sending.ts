/** The devices of a quickstart go on, for as long as its service does: what they send is shown as it comes. */
import type { ProvisioningServiceClient } from 'landfall-client'
import { backOffMs } from '../../simulate/back-off.ts'
import { realRandom } from '../../system.ts'
import { liveBlock } from '../live-block.ts'
import { harmless, say, table } from '../output.ts'
import { type TelemetryEvent, telemetryOf } from '../telemetry.ts'
import { bodyText } from '../telemetry-line.ts'
import { type LandedDevice, measured } from './land.ts'
import { means } from './register-all.ts'

const sendEveryMs = 2000
/** A program that took its place may be another quickstart, which is done soon. */
const otherProgramMs = 4000
const drawEveryMs = 1000
const lineEveryMs = 10_000
const mostRows = 10

interface Seen {
  readonly count: number
  readonly last: TelemetryEvent | undefined
}

/** Resolves when the signal aborts; nothing that happens here ends the service. */
export async function keepSending(
  client: ProvisioningServiceClient,
  fleet: readonly LandedDevice[],
  quiet: boolean,
  stop: AbortSignal,
): Promise<void> {
  const seen = new Map<string, Seen>(fleet.map(({ deviceId }) => [deviceId, { count: 0, last: undefined }]))
  const sending = fleet.map((device, index) => send(device, (index * sendEveryMs) / fleet.length, stop))
  const hubs = quiet ? [] : [...new Set(fleet.map(({ hub }) => hub))]
  const reading = hubs.map((hub) => read(client, hub, seen, stop))
  const showing = quiet ? [] : [process.stdout.isTTY === true ? showTable(seen, stop) : showLines(seen, stop)]
  await Promise.allSettled([...sending, ...reading, ...showing])
}

/** A device that is cut off comes back: another program took its place, or it was disabled in the portal for a while. */
async function send({ connection: first, reconnect }: LandedDevice, firstMs: number, stop: AbortSignal): Promise<void> {
  let connection = first
  let failures = 0
  await means.timers.sleep(firstMs, stop)
  for (let count = 4; !stop.aborted; count++) {
    try {
      if (failures > 0) connection = await reconnect()
      await connection.sendTelemetry(measured(count))
      failures = 0
    } catch {
      failures += 1
    }
    await means.timers.sleep(failures === 0 ? sendEveryMs : otherProgramMs + backOffMs(failures, realRandom), stop)
  }
  await connection.close()
}

async function read(
  client: ProvisioningServiceClient,
  hub: string,
  seen: Map<string, Seen>,
  stop: AbortSignal,
): Promise<void> {
  for await (const event of telemetryOf(client, { hub }, stop)) {
    const before = seen.get(event.deviceId)
    if (before) seen.set(event.deviceId, { count: before.count + 1, last: event })
  }
}

async function showTable(seen: ReadonlyMap<string, Seen>, stop: AbortSignal): Promise<void> {
  const block = liveBlock()
  while (!stop.aborted) {
    block.show(tableOf(seen))
    await means.timers.sleep(drawEveryMs, stop)
  }
}

function tableOf(seen: ReadonlyMap<string, Seen>): string {
  const rows = [...seen].slice(0, mostRows).map(([deviceId, { count, last }]) => {
    return [deviceId, count, last?.enqueuedAt.slice(11, 19), last && bodyText(last)]
  })
  const more = seen.size > mostRows ? `\n… and ${seen.size - mostRows} more` : ''
  return `\n${table(['Device', 'Messages', 'Last (UTC)', 'Body'], rows)}${more}`
}

async function showLines(seen: ReadonlyMap<string, Seen>, stop: AbortSignal): Promise<void> {
  for (;;) {
    await means.timers.sleep(lineEveryMs, stop)
    if (stop.aborted) return
    const all = [...seen.values()]
    const count = all.reduce((sum, one) => sum + one.count, 0)
    const last = all.flatMap((one) => one.last ?? []).sort((a, b) => (a.enqueuedAt < b.enqueuedAt ? 1 : -1))[0]
    if (last)
      say(
        `${last.enqueuedAt}  ${count} messages of ${seen.size} devices; the last: ${harmless(last.deviceId)} ${bodyText(last)}`,
      )
  }
}
