/** `landfall serve`: the service itself. */
import { Command } from 'commander'
import { type ConfigSources, loadConfig, settings } from '../config.ts'
import type { RunningServer } from '../server.ts'
import { realSystem } from '../system.ts'
import { withExamples } from './command.ts'
import { colour, say, tell } from './output.ts'
import { askedToStop, outliveReader, untilStopped } from './until-stopped.ts'

export function serveCommand(): Command {
  const command = withSettings(new Command('serve').description('Runs the service until it is stopped.'))
    .option('--json', 'print how to connect as JSON')
    .action(async (options: ServeOptions) => {
      const config = loadConfig(sourcesOf(options))
      // read only now: the help does not need it
      const { startServer } = await import('../server.ts')
      const stop = askedToStop()
      const server = await startServer(config, realSystem(config.clock))
      outliveReader()
      say(options.json ? JSON.stringify(server.connection, undefined, 2) : howToConnect(server, config.dataDir))
      await untilStopped(server, stop)
      tell('Stopped.')
    })
  return withExamples(command, [
    'serve',
    'serve --data /var/lib/landfall --hostname dps.example',
    'serve --dev --https-port 8443 --mqtt-port 0',
    'serve --clock 2027-01-01T00:00:00Z',
  ])
}

export type ServeOptions = Readonly<Record<string, string | boolean | undefined>>

/** Every setting of the service as an option; defaults are the config's, so that environment and file count too. */
export function withSettings(command: Command): Command {
  for (const { flag, value, help, fallback, env } of settings) {
    const shown = fallback === undefined || value === '' ? '' : `, default ${fallback}`
    command.option(value === '' ? `--${flag}` : `--${flag} <${value}>`, `${help} (${env}${shown})`)
  }
  return command.option('--config <file>', 'JSON file with the same settings (LANDFALL_CONFIG)')
}

/** Commander's names back to those of the flags. */
export function sourcesOf(options: ServeOptions, defaults: ServeOptions = {}): ConfigSources {
  const flags = settings.map(({ flag, env }) => [
    flag,
    options[keyOf(flag)] ?? (process.env[env] ? undefined : defaults[flag]),
  ])
  const { config } = options
  return { flags: Object.fromEntries(flags), env: process.env, file: typeof config === 'string' ? config : undefined }
}

const keyOf = (flag: string) => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Without keys: what a service prints ends up in logs. */
function howToConnect({ connection }: RunningServer, dataDir: string): string {
  const { deviceEndpoint, idScope, ports, portalUrl, managementUrl, rootCaPath, serviceConnectionString } = connection
  return [
    colour.bold('Landfall is ready.'),
    `  ID scope            ${idScope}`,
    `  Device endpoint     ${deviceEndpoint} (HTTPS and WebSocket ${ports.https}, MQTT ${ports.mqtt}, AMQP ${ports.amqp})`,
    `  Connection string   ${serviceConnectionString.replace(/SharedAccessKey=.*/, 'SharedAccessKey=…')}`,
    `  Portal              ${portalUrl} ("landfall portal" signs you in)`,
    `  Trust               ${rootCaPath}`,
    `  Health and metrics  ${managementUrl}`,
    '',
    `With keys, for other programs: eval "$(landfall env --data ${dataDir})". Press Ctrl-C to stop.`,
  ].join('\n')
}
