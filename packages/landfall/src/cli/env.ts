/** `landfall env`: the settings of a running service, under the names that the public SDK samples and suites use. */
import { existsSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { ConnectionFile } from '../connection-file.ts'
import { type CommonOptions, withExamples } from './command.ts'
import { localService } from './connection.ts'
import { answer, tell } from './output.ts'

export function envCommand(): Command {
  const command = new Command('env')
    .description('Prints the settings of the service in --data as lines for a shell, or as JSON for programs.')
    .option('--data <dir>', 'data directory of the service (default: ./.landfall)')
    .option('--json', 'print JSON, for programs')
    .action((options: CommonOptions) => {
      const connection = localService(options)
      if (!isAlive(connection.pid)) {
        tell(`warning: The service of these settings, process ${connection.pid}, has ended. Start it: landfall serve.`)
      }
      answer(options.json, settingsOf(connection), shellLines)
    })
  return withExamples(command, ['env', 'env --json', 'env --data /var/lib/landfall'])
}

/** A service that was killed leaves its connection.json behind. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

type Settings = Readonly<Record<string, string>>

export function settingsOf(connection: ConnectionFile): Settings {
  const named: Record<string, string | undefined> = {
    IOT_PROVISIONING_SERVICE_CONNECTION_STRING: connection.serviceConnectionString,
    IOT_PROVISIONING_DEVICE_ENDPOINT: connection.deviceEndpoint,
    IOT_PROVISIONING_DEVICE_IDSCOPE: connection.idScope,
    IOTHUB_CONNECTION_STRING: connection.hubConnectionString,
    EVENTHUB_CONNECTION_STRING: connection.eventHubConnectionString,
    IOT_PROVISIONING_ROOT_CERT: base64Of(connection.testRootCertPath),
    IOT_PROVISIONING_ROOT_CERT_KEY: base64Of(connection.testRootKeyPath),
    NODE_EXTRA_CA_CERTS: connection.rootCaPath,
    REQUESTS_CA_BUNDLE: connection.rootCaPath,
    SSL_CERT_FILE: connection.rootCaPath,
  }
  return Object.fromEntries(Object.entries(named).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** Base64 of the PEM: the form in which the SDKs' own suites hand a test CA about. */
function base64Of(path: string | undefined): string | undefined {
  return path !== undefined && existsSync(path) ? readFileSync(path).toString('base64') : undefined
}

function shellLines(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join('\n')
}
