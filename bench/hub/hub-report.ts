/** What was measured of the hub, as tables in Markdown. */
import { oneDecimal, ratioByRound, table, times, whole } from '../figures.ts'
import type { Connected } from './connected.ts'
import type { Exchanges } from './exchanges.ts'
import { medianOf, type Telemetry } from './telemetry.ts'

export function connectedTable(rows: readonly Connected[]): string {
  const head = [
    'connected and idle',
    'devices',
    'stayed',
    'connects /s',
    'CPU µs each',
    'p50 ms',
    'p99 ms',
    'KiB each',
    'of the second half',
    'of them heap',
  ]
  return table(
    head,
    rows.map((one) => [
      one.name,
      `${one.open} of ${one.wanted}`,
      whole(one.stayed),
      whole(one.perSecond),
      whole(one.cpuMicros),
      whole(one.p50Ms),
      whole(one.p99Ms),
      oneDecimal(one.kibEach),
      oneDecimal(one.kibEachLater),
      oneDecimal(one.heapKibEach),
    ]),
  )
}

/** The first is Landfall; ratios are its rate to the others', round by round. */
export function telemetryTable(all: readonly Telemetry[]): string {
  const head = ['QoS 1 telemetry', '/s', 'Landfall to it', 'server busy', 'CPU µs each', 'p50 ms', 'p99 ms']
  const ratesOf = ({ rounds }: Telemetry) => rounds.map(({ perSecond }) => perSecond)
  const [landfall] = all
  return table(
    head,
    all.map((one) => [
      one.name,
      whole(medianOf(one, 'perSecond')),
      landfall && one !== landfall ? times(ratioByRound(ratesOf(landfall), ratesOf(one))) : '–',
      `${whole(100 * medianOf(one, 'busy'))} %`,
      oneDecimal(medianOf(one, 'cpuMicros')),
      oneDecimal(medianOf(one, 'p50Ms')),
      oneDecimal(medianOf(one, 'p99Ms')),
    ]),
  )
}

export function exchangesTable(all: readonly Exchanges[]): string {
  return table(
    ['asked and answered', '/s', 'CPU µs each', 'p50 ms', 'p99 ms'],
    all.map(({ name, perSecond, cpuMicros, p50Ms, p99Ms }) => [
      name,
      whole(perSecond),
      whole(cpuMicros),
      oneDecimal(p50Ms),
      oneDecimal(p99Ms),
    ]),
  )
}
