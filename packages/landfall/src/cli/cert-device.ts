/** `landfall cert device | self-signed`. */
import { Command } from 'commander'
import { isRegistrationId, printable } from '../ids.ts'
import { realRandom } from '../system.ts'
import { type Issued, issueDevice, issueSelfSigned } from '../x509/issue.ts'
import { readCertificateBytes, readCertificates } from '../x509/pem.ts'
import { makePfx } from '../x509/pfx.ts'
import { type CertFile, certFile, fileNameOf, keyFile, readCa } from './cert-files.ts'
import { finish, type Made, type MakeOptions, orderOf, wholeNumber, withMakeOptions } from './cert-options.ts'
import { UsageError } from './exit.ts'

type DeviceOptions = MakeOptions & {
  readonly pfx?: boolean
  readonly legacyPfx?: boolean
  readonly password: string
}

type IssuedDeviceOptions = DeviceOptions & { readonly ca: string; readonly count?: number; readonly prefix?: string }

const withPfxOptions = (command: Command): Command =>
  command
    .option('--pfx', 'also REGID.pfx: key, certificate and chain')
    .option('--legacy-pfx', 'the same with 3DES and SHA-1, for old Windows and .NET')
    .option('--password <text>', 'of the .pfx file', '1234')

export function deviceCommand(): Command {
  return withPfxOptions(withMakeOptions(new Command('device')))
    .description('Makes device certificates under a CA: REGID.cert.pem, .key.pem, .fullchain.pem (without the root).')
    .argument('[registration-id...]')
    .requiredOption('--ca <name>', 'the CA that signs: its name, or the path of its files without .cert.pem')
    .option('--count <number>', 'make this many, PREFIX-1 and up', wholeNumber)
    .option('--prefix <text>', 'with --count (default: device)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ landfall cert device pump-12 pump-13 --ca Line-3\n  $ landfall cert device --count 100 --prefix pump --ca Line-3 --pfx',
    )
    .action(async (given: readonly string[], options: IssuedDeviceOptions) => {
      const ca = readCa(options.out, options.ca, options.passphrase)
      // the root is the service's to know, not the device's to send
      const chain = ca.chain.filter((pem) => readCertificates(pem).every(({ selfIssued }) => !selfIssued))
      const made: Made[] = []
      for (const registrationId of namesOf(given, options)) {
        const issued = await issueDevice({ ...(await orderOf(options)), registrationId, ca })
        made.push({ issued, files: filesOf(registrationId, issued, chain, options) })
      }
      finish(made, options)
    })
}

export function selfSignedCommand(): Command {
  return withPfxOptions(withMakeOptions(new Command('self-signed')))
    .description('Makes a self-signed device certificate, for an individual enrollment.')
    .argument('<registration-id>')
    .addHelpText('after', '\nExample:\n  $ landfall cert self-signed pump-12')
    .action(async (given: string, options: DeviceOptions) => {
      const registrationId = legal(given)
      const issued = await issueSelfSigned({ ...(await orderOf(options)), registrationId })
      finish([{ issued, files: filesOf(registrationId, issued, [], options) }], options)
    })
}

function namesOf(given: readonly string[], { count = 0, prefix = 'device' }: IssuedDeviceOptions): readonly string[] {
  const names = [...given, ...Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`)]
  if (names.length === 0) throw new UsageError('Name at least one registration id, or give --count.')
  return [...new Set(names.map(legal))]
}

function legal(registrationId: string): string {
  if (isRegistrationId(registrationId)) return registrationId
  throw new UsageError(
    `"${printable(registrationId)}" is not a legal registration id: 1 to 128 letters, digits, "-", ".", "_" or ":", ending in a letter, a digit or "-".`,
  )
}

function filesOf(name: string, issued: Issued, chain: readonly string[], options: DeviceOptions): readonly CertFile[] {
  const base = fileNameOf(name)
  const fullchain = { name: `${base}.fullchain.pem`, content: [issued.pem, ...chain].join('') }
  const files = [certFile(name, issued), keyFile(name, issued, options.passphrase), fullchain]
  return options.pfx || options.legacyPfx ? [...files, pfxFile(base, issued, chain, options)] : files
}

function pfxFile(base: string, issued: Issued, chain: readonly string[], options: DeviceOptions): CertFile {
  const content = makePfx({
    issued,
    chain: chain.flatMap((pem) => readCertificateBytes(pem)),
    password: options.password,
    random: realRandom,
    strength: options.legacyPfx ? 'legacy' : 'modern',
  })
  return { name: `${base}.pfx`, content, secret: true }
}
