/** What the commands that make certificates have in common: flags, defaults, how they tell what they wrote. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { realSystem } from '../system.ts'
import { certificateInfoOf } from '../x509/certificate.ts'
import { type Issued, type KeyPairKind, keyPairKinds, makeKeyPair } from '../x509/issue.ts'
import { type CertFile, writeFiles } from './cert-files.ts'
import { answer } from './output.ts'

export interface MakeOptions {
  readonly days: number
  readonly key: KeyPairKind
  readonly out: string
  readonly force?: boolean
  readonly json?: boolean
  readonly passphrase?: string
}

const defaultDirectory = './certs'

export function withMakeOptions(command: Command, days = 30): Command {
  return command
    .option('--days <number>', 'days until it expires', wholeNumber, days)
    .addOption(new Option('--key <kind>', 'kind of key; rsa is RSA 3072').choices(keyPairKinds).default('ec'))
    .option('--out <directory>', 'where the files go', defaultDirectory)
    .option('--passphrase <text>', 'encrypt the private key (and open that of --ca)')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print what was made as JSON')
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100_000) {
    throw new InvalidArgumentError('It must be a whole number of 1 or more.')
  }
  return value
}

/** One instant and one source of chance for everything a command makes. */
export async function orderOf({ days, key }: MakeOptions) {
  const { clock, random } = realSystem()
  return { days, at: clock.now(), random, keys: await makeKeyPair(key) }
}

export interface Made {
  readonly issued: Issued
  readonly files: readonly CertFile[]
}

export function finish(made: readonly Made[], { out, force = false, json }: MakeOptions): void {
  const written = writeFiles(
    out,
    made.flatMap(({ files }) => files),
    force,
  )
  const certificates = made.map(({ issued }) => certificateInfoOf(issued.certificate))
  answer(json, { files: written, certificates }, () => written.map((path) => `wrote ${path}`).join('\n'))
}
