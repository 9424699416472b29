/** `landfall certificate`: CA certificates of the service, and the proof that their keys are at hand (contract/management 5). */
import { basename } from 'node:path'
import type { Command } from 'commander'
import { readCertificateText, readInput } from './cert-files.ts'
import {
  addCertificate,
  askCode,
  type CaView,
  deleteCertificate,
  pathOf,
  provePossession,
  verify,
} from './certificate-calls.ts'
import { expiringVerb } from './certificate-expiring.ts'
import { chooseCertificate } from './choose-certificate.ts'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, colour, facts, harmless, listing, tell } from './output.ts'

/** Only if nothing changed since: what `certificate show` said. */
interface Conditional extends CommonOptions {
  readonly etag?: string
}
const etagOption = ['--etag <etag>', 'only if the certificate still has this etag'] as const

export function certificateCommand(): Command {
  const command = family('certificate', 'CA certificates of the service, and proof of possession.', [
    'certificate add root.cert.pem --key root.key.pem',
    'certificate list',
  ])
  addVerb(command)
  codeVerb(command)
  verifyVerb(command)
  listVerb(command)
  showVerb(command)
  expiringVerb(command)
  deleteVerb(command)
  return command
}

interface AddOptions extends Conditional {
  readonly index?: string
  readonly name?: string
  readonly key?: string
  readonly verified?: boolean
}

function addVerb(command: Command): void {
  verb(
    command,
    'add <file>',
    'Uploads a CA certificate; with --key, proves possession of its key in the same breath.',
    [
      'certificate add root.cert.pem --key root.key.pem',
      'certificate add plant-7.chain.pem --index 2 --name plant-7',
      'certificate add root.cert.pem --verified',
    ],
  )
    .option('--index <number>', 'which certificate of a chain file, 1 is the first')
    .option('--name <name>', 'its name in the service (default: the name of the file)')
    .option('--key <file>', 'private key of the certificate; it signs the verification code here and is sent nowhere')
    .option('--verified', 'take it as verified, without proof')
    .option(...etagOption)
    .action(async (file: string, options: AddOptions) => {
      const name = options.name ?? nameOf(file)
      const certificate = Buffer.from((await chooseCertificate(file, options)).der).toString('base64')
      const client = connect(options)
      const added = await addCertificate(client, name, certificate, options)
      for (const warning of added.warnings ?? []) tell(`warning: ${warning}`)
      const key = options.key
      const etag = options.etag === undefined ? undefined : added.etag
      const ca = key === undefined ? added : await provePossession(client, name, readText(key), etag)
      answer(options.json, ca, summaryOf)
    })
}

function codeVerb(command: Command): void {
  verb(command, 'code <name>', 'Asks for a verification code; a code before it becomes void.', [
    'certificate code root',
  ])
    .option(...etagOption)
    .action(async (name: string, options: Conditional) => {
      const ca = await askCode(connect(options), name, options.etag)
      answer(options.json, ca, () => codeSentence(ca))
    })
}

interface VerifyOptions extends Conditional {
  readonly file?: string
  readonly key?: string
}

function verifyVerb(command: Command): void {
  verb(command, 'verify <name>', 'Proves possession, with a verification certificate or with the key itself.', [
    'certificate verify root --key root.key.pem',
    'certificate verify root --file verification.cert.pem',
  ])
    .option('--file <file>', 'certificate whose common name is the verification code, signed with the key of the CA')
    .option('--key <file>', 'private key of the certificate: asks for a code and signs it')
    .option(...etagOption)
    .action(async (name: string, options: VerifyOptions) => {
      if ((options.file === undefined) === (options.key === undefined))
        throw new UsageError('Give either --file or --key.')
      const client = connect(options)
      const ca =
        options.file === undefined
          ? await provePossession(client, name, readText(options.key ?? ''), options.etag)
          : await verify(client, name, readCertificateText(options.file), options.etag)
      answer(options.json, ca, summaryOf)
    })
}

function listVerb(command: Command): void {
  verb(command, 'list', 'Lists the CA certificates.', ['certificate list', 'certificate list --json']).action(
    async (options: CommonOptions) => {
      const { body } = await connect(options).request<readonly CaView[]>({
        method: 'GET',
        path: '/landfall/certificates',
      })
      answer(options.json, body, () =>
        listing(
          ['Name', 'Verified', 'Subject', 'Expires', 'SHA-1 thumbprint'],
          body.map(({ name, isVerified, info }) => [
            name,
            isVerified,
            info.subjectName,
            info.notAfterUtc,
            info.sha1Thumbprint,
          ]),
          'No CA certificates. "landfall certificate add FILE --key FILE" adds one.',
        ),
      )
    },
  )
}

function showVerb(command: Command): void {
  verb(command, 'show <name>', 'Shows one CA certificate and the groups that name it.', [
    'certificate show root',
  ]).action(async (name: string, options: CommonOptions) => {
    const { body } = await connect(options).request<CaView>({ method: 'GET', path: pathOf(name) })
    answer(options.json, body, ({ info, certificate: _, ...ca }) => facts({ ...ca, ...info }))
  })
}

function deleteVerb(command: Command): void {
  verb(command, 'delete <name>', 'Deletes a CA certificate.', [
    'certificate delete root',
    'certificate delete root --force',
  ])
    .option('--force', 'even if enrollment groups name it')
    .option(...etagOption)
    .action(async (name: string, options: Conditional & { force?: boolean }) => {
      await deleteCertificate(connect(options), name, options)
      answer(options.json, { deleted: name }, () => `Deleted the CA certificate "${name}".`)
    })
}

/** `plant-7.cert.pem` is called plant-7. */
const nameOf = (file: string) => basename(file).replace(/(\.cert|\.ca|\.chain)?\.(pem|cer|crt|der)$/i, '')

const readText = (file: string) => Buffer.from(readInput(file)).toString('utf8')

const summaryOf = ({ name, isVerified, info }: CaView) =>
  isVerified
    ? `${colour.green('Verified')}: "${name}" (${harmless(info.subjectName)}), valid until ${info.notAfterUtc}.`
    : `Added "${name}" (${harmless(info.subjectName)}), not verified yet: "landfall certificate verify ${name} --key FILE" proves possession of its key.`

const codeSentence = ({ name, verificationCode, verificationCodeExpiresUtc }: CaView) =>
  `${verificationCode}\n\nSign a certificate with this common name with the key of "${name}", until ${verificationCodeExpiresUtc}:\n  landfall cert verification ${verificationCode} --ca ${name}\n  landfall certificate verify ${name} --file FILE`
