/** `landfall diagnose`: what would be done about a device, and why, without doing it. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Transport } from '../../registration/attempt.ts'
import { type CommonOptions, single } from '../command.ts'
import { connect, localService } from '../connection.ts'
import { exitCodes, UsageError } from '../exit.ts'
import { answer } from '../output.ts'
import { askDiagnosis, type DiagnoseBody, readChainFiles, wouldBeAssigned } from './ask.ts'
import { diagnoseMany } from './many.ts'
import { story } from './story.ts'

interface DiagnoseOptions extends CommonOptions {
  readonly chain?: readonly string[]
  readonly registrationId?: string
  readonly key?: string
  readonly derive?: boolean
  readonly sasToken?: string
  readonly endorsementKey?: string
  readonly transport?: Transport
  readonly apiVersion?: string
  readonly at?: string
  readonly csv?: string
  readonly listen?: boolean
  readonly host: string
  readonly httpsPort: number
  readonly mqttPort: number
  readonly amqpPort: number
  readonly once?: boolean
}

const transports: readonly Transport[] = ['https', 'mqtt', 'mqttWs', 'amqp', 'amqpWs']

export function diagnoseCommand(): Command {
  return single('diagnose', 'Says what would be done about a device and why, rule by rule. Nothing is changed.', [
    'diagnose --chain pump-12.fullchain.pem',
    'diagnose --registration-id meter-7 --key DEVICE_KEY',
    'diagnose --registration-id meter-7 --key GROUP_KEY --derive',
    'diagnose --registration-id pump-12',
    'diagnose --chain pump-12.fullchain.pem --at 2030-01-01T00:00:00Z',
    'diagnose --csv devices.csv --json',
    'diagnose --listen --https-port 443 --mqtt-port 8883 --amqp-port 5671',
  ])
    .option('--chain <file...>', 'the certificates that the device sends: PEM, DER or base64; - for standard input')
    .option('--registration-id <id>', 'as the device writes it (default: the common name of its certificate)')
    .option('--key <base64>', "the device's symmetric key; with --derive, its group's")
    .option('--derive', 'derive the device key from --key first')
    .option('--sas-token <text>', 'a token that a device made')
    .option('--endorsement-key <base64>', 'of a TPM')
    .addOption(new Option('--transport <name>', 'how it asks').choices(transports))
    .option('--api-version <version>', 'as the device would send it')
    .option('--at <time>', 'rehearse another time, ISO 8601 (default: now)')
    .option(
      '--csv <file>',
      'many devices; columns registrationId, chain (a file beside the table), key, derive, sasToken',
    )
    .option('--listen', 'open a listener for a live device, and tell what it really sends')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--https-port <port>', 'port for HTTPS and WebSocket; 0 picks a free one', portOf, 0)
    .option('--mqtt-port <port>', 'port for MQTT; 0 picks a free one', portOf, 0)
    .option('--amqp-port <port>', 'port for AMQP; 0 picks a free one', portOf, 0)
    .option('--once', 'end after the first device')
    .addHelpText(
      'after',
      '\nExit codes: 0 would be assigned, 3 would not, 2 unreadable file or wrong usage, 4 no service.',
    )
    .action(run)
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It must be a port, 0 to 65535.')
  return port
}

async function run(options: DiagnoseOptions): Promise<void> {
  const { chain, csv, listen, registrationId, key, sasToken, endorsementKey, json } = options
  const ways = [
    csv !== undefined,
    listen === true,
    [chain, registrationId, key, sasToken, endorsementKey].some(Boolean),
  ]
  if (ways.filter(Boolean).length !== 1)
    throw new UsageError('Give one of: --chain, --key or --registration-id for one device; --csv FILE; --listen.')
  if (options.derive && key === undefined && csv === undefined) throw new UsageError('--derive needs --key.')
  const client = connect(options)
  if (csv !== undefined) return diagnoseMany(csv, client, { json, common: commonOf(options) })
  if (listen) {
    // read only now: a question needs no listeners
    const { diagnoseLive } = await import('./live.ts')
    const local = localService(options)
    return diagnoseLive({ ...options, ask: (body) => askDiagnosis(client, { ...commonOf(options), ...body }), local })
  }
  const diagnosis = await askDiagnosis(client, {
    ...commonOf(options),
    registrationId,
    chain: chain && readChainFiles(chain),
    symmetricKey: key,
    sasToken,
    endorsementKey,
  })
  answer(json, diagnosis, story)
  process.exitCode = wouldBeAssigned(diagnosis) ? exitCodes.done : exitCodes.refused
}

const commonOf = ({ derive, transport, apiVersion, at }: DiagnoseOptions): DiagnoseBody => ({
  derive,
  transport,
  apiVersion,
  at: at !== undefined && /^\d{4}-\d\d-\d\d$/.test(at) ? `${at}T00:00:00Z` : at,
})
