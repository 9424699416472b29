/** What a quickstart shows at the end: a table, what went wrong, and what to try next. */
import { join, resolve } from 'node:path'
import type { ConnectionFile } from '../../connection-file.ts'
import { colour, table } from '../output.ts'
import { groupId } from './files.ts'
import type { DeviceResult } from './register-all.ts'

/** More rows than this scroll away; then a summary says more. */
const mostRows = 20
const mostRefusals = 5

export function resultsTable(results: readonly DeviceResult[]): string {
  const shown = results.length > mostRows ? results.slice(0, mostRows / 2) : results
  const rows = shown.map((result) => [
    result.registrationId,
    result.status === 'assigned' ? result.enrollment : undefined,
    result.transport.toUpperCase(),
    result.status === 'assigned' ? result.hub : result.status,
    result.ms.toFixed(1),
  ])
  const text = table(['Device', 'Enrollment', 'Transport', 'Hub', 'ms'], rows)
  return shown.length === results.length ? text : `${text}\n… and ${results.length - shown.length} more`
}

export interface Summary {
  readonly devices: number
  readonly assigned: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Devices by hub. */
  readonly hubs: Readonly<Record<string, number>>
}

export function summaryOf(results: readonly DeviceResult[], seconds: number): Summary {
  const assigned = results.filter((result) => result.status === 'assigned')
  const times = assigned.map(({ ms }) => ms).sort((a, b) => a - b)
  const hubs: Record<string, number> = {}
  for (const { hub } of assigned) hubs[hub] = (hubs[hub] ?? 0) + 1
  return {
    devices: results.length,
    assigned: assigned.length,
    seconds: Math.round(seconds * 100) / 100,
    perSecond: Math.round(assigned.length / seconds),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    hubs,
  }
}

/** Nearest rank. */
const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0

export function summaryText({ perSecond, p50Ms, p99Ms, hubs }: Summary): string {
  const perHub = Object.entries(hubs).map(([hub, count]) => `${hub} ${count}`)
  return `${perSecond} registrations a second; half within ${p50Ms} ms, 99 % within ${p99Ms} ms\nDevices by hub: ${perHub.join(', ')}`
}

/** Each cause once per device, the first few of them, each with the command that tells its story. */
export function refusalsText(results: readonly DeviceResult[]): string {
  const bad = results.filter((result) => result.status !== 'assigned')
  const lines = bad.slice(0, mostRefusals).map((result) => {
    const what = result.trackingId ?? `--registration-id ${result.registrationId}`
    return `  ${colour.red('✗')} ${result.registrationId} over ${result.transport.toUpperCase()}: ${result.message}\n    landfall explain ${what}`
  })
  if (bad.length > mostRefusals) lines.push(`  … and ${bad.length - mostRefusals} more`)
  return lines.join('\n')
}

interface Next {
  readonly connection: ConnectionFile
  readonly dataDir: string
  /** A device that was registered. */
  readonly registrationId: string
  /** How this program was called. */
  readonly command: string
  /** Whether the service goes on running. */
  readonly running: boolean
}

export function whatNext({ connection, dataDir, registrationId: id, command, running }: Next): string {
  const at = dataDir === resolve('.landfall') ? '' : ` --data ${dataDir}`
  const { portalUrl, managementUrl } = connection
  const tries: readonly (readonly [string, string])[] = [
    ...(running ? [] : ([['Start the service again', `${command} serve${at}`]] as const)),
    ...(portalUrl === undefined
      ? []
      : ([
          [`All of it in a browser, at ${portalUrl}; this prints a link that signs you in`, `${command} portal${at}`],
        ] as const)),
    ['The story of one registration', `${command} explain --registration-id ${id}${at}`],
    ['What the devices send, as it comes', `${command} hub monitor --from-start${at}`],
    ['Many more of them, for as long as you like', `${command} simulate --devices 100${at}`],
    ['The devices of the group', `${command} registration list --group ${groupId}${at}`],
    [
      'Shut the group, and see how a device is told so',
      `${command} enrollment-group update ${groupId} --provisioning-status disabled${at}`,
    ],
    ['A device with nothing but curl', curl(connection, dataDir, id)],
    ['The public SDKs, with nothing changed in them', `eval "$(${command} env${at})"`],
    ['Metrics', `curl -s ${managementUrl}/metrics`],
    ['Remove what quickstart made', `${command} quickstart --cleanup${at}`],
  ]
  return [colour.bold('What to try next'), ...tries.map(([what, how]) => `  ${what}\n    ${colour.cyan(how)}`)].join(
    '\n',
  )
}

function curl({ deviceEndpoint, rootCaPath, idScope }: ConnectionFile, dataDir: string, id: string): string {
  const files = join(dataDir, 'quickstart', id)
  const url = `https://${deviceEndpoint}/${idScope}/registrations/${id}/register?api-version=2021-10-01`
  return `curl --cacert ${rootCaPath} --cert ${files}.fullchain.pem --key ${files}.key.pem -X PUT -H 'Content-Type: application/json' -d '{}' '${url}'`
}
