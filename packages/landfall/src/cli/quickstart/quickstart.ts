/** `landfall quickstart`: the whole walk, from nothing to devices on a hub, with real certificates and real sockets. */
import { Command } from 'commander'
import { loadConfig } from '../../config.ts'
import { realSystem } from '../../system.ts'
import { withExamples } from '../command.ts'
import { UsageError } from '../exit.ts'
import { type ServeOptions, sourcesOf, withSettings } from '../serve.ts'
import { cleanUpAfterWalk } from './cleanup.ts'
import { walk } from './walk.ts'

interface QuickstartOptions {
  readonly devices: string
  readonly exit?: boolean
  readonly cleanup?: boolean
  readonly json?: boolean
}

/** As many as a person waits for: some minutes on a small machine. */
const mostDevices = 100_000

export function quickstartCommand(): Command {
  const command = new Command('quickstart')
    .description(
      'The whole walk: starts a service (or uses the one running in --data), makes a root and an intermediate CA and device certificates, proves possession of the root, creates an enrollment group on the intermediate, and registers the devices over HTTPS and MQTT.',
    )
    .option('--devices <count>', 'how many devices', '10')
    .option('--exit', 'end after the table instead of keeping the service running')
    .option('--cleanup', 'remove what quickstart made: group, registrations, hub devices, CA certificate, files')
    .option('--json', 'print the result as JSON')
  return withExamples(withSettings(command), [
    'quickstart',
    'quickstart --devices 1000 --exit',
    'quickstart --cleanup',
  ]).action(run)
}

async function run(options: QuickstartOptions & ServeOptions): Promise<void> {
  const config = loadConfig(sourcesOf(options, { 'log-level': 'error' }))
  const { json = false, exit = false } = options
  const setting = { config, system: realSystem(config.clock), json, exit }
  await (options.cleanup ? cleanUpAfterWalk(setting) : walk(readCount(options.devices), setting))
}

function readCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,6}$/.test(text) && count >= 1 && count <= mostDevices) return count
  throw new UsageError(`--devices: "${text}" is no number from 1 to ${mostDevices}.`)
}
