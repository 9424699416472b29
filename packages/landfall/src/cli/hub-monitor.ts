/** `landfall hub monitor`: what devices send, as it comes. */
import type { Command } from 'commander'
import { chooseHub } from './choose-hub.ts'
import { type CommonOptions, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { say, tell } from './output.ts'
import { timeOf } from './since.ts'
import { telemetryOf } from './telemetry.ts'
import { telemetryLine } from './telemetry-line.ts'
import { askedToStop } from './until-stopped.ts'

interface MonitorOptions extends CommonOptions {
  readonly device?: string
  readonly since?: string
  readonly fromStart?: boolean
  readonly count?: string
}

export function monitorVerb(command: Command): void {
  verb(command, 'monitor [hub]', 'Shows the telemetry of the devices as it comes, until Ctrl-C.', [
    'hub monitor',
    'hub monitor hub-b.example --device pump-12',
    'hub monitor --since 10m --json',
    'hub monitor --from-start --count 100',
  ])
    .option('--device <id>', 'only of this device')
    .option('--since <time>', 'what came since then, too: 30m or 2h ago, or an ISO 8601 time')
    .option('--from-start', 'everything that is kept, too')
    .option('--count <number>', 'end after so many messages')
    .action(monitor)
}

async function monitor(name: string | undefined, options: MonitorOptions): Promise<void> {
  if (options.since !== undefined && options.fromStart) throw new UsageError('Give either --since or --from-start.')
  const most = countOf(options)
  const client = connect(options)
  const hub = await chooseHub(client, name)
  const stop = askedToStop('')
  const onOpen = () => {
    if (!options.json) tell(`Listening to the devices of ${hub}; Ctrl-C ends it.`)
  }
  const { device, fromStart } = options
  const question = { hub, device, fromStart, since: timeOf('--since', options.since), onOpen }
  let shown = 0
  for await (const event of telemetryOf(client, question, stop)) {
    say(options.json ? JSON.stringify(event) : telemetryLine(event))
    shown += 1
    if (shown === most) break
  }
}

function countOf({ count }: MonitorOptions): number | undefined {
  if (count === undefined) return
  if (/^[1-9]\d{0,8}$/.test(count)) return Number(count)
  throw new UsageError(`--count: "${count}" is no number from 1 on.`)
}
