/** `landfall certificate`: CA certificates of the service, and the proof that their keys are at hand (contract/management 5). */
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { ProvisioningServiceClient } from 'landfall-client'
import { realSystem } from '../system.ts'
import type { CertificateInfo } from '../x509/certificate.ts'
import { issueVerification, readKeyPair } from '../x509/issue.ts'
import { readCertificates } from '../x509/pem.ts'
import { readCertificateText, readInput } from './cert-files.ts'
import { type CommonOptions, family, verb } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, colour, facts, harmless, listing, tell } from './output.ts'

export interface CaView {
  readonly name: string
  readonly isVerified: boolean
  readonly verificationCode?: string
  readonly verificationCodeExpiresUtc?: string
  readonly info: CertificateInfo
  /** Base64 of the DER; in the answer to show only. */
  readonly certificate?: string
  readonly warnings?: readonly string[]
}

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
  deleteVerb(command)
  return command
}

interface AddOptions extends CommonOptions {
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
      'certificate add plant-7.cert.pem --name plant-7',
      'certificate add root.cert.pem --verified',
    ],
  )
    .option('--name <name>', 'its name in the service (default: the name of the file)')
    .option('--key <file>', 'private key of the certificate; it signs the verification code here and is sent nowhere')
    .option('--verified', 'take it as verified, without proof')
    .action(async (file: string, options: AddOptions) => {
      const client = connect(options)
      const name = options.name ?? nameOf(file)
      const added = await addCertificate(client, name, readCertificateText(file), options.verified)
      for (const warning of added.warnings ?? []) tell(`warning: ${warning}`)
      const key = options.key
      const ca = key === undefined ? added : await provePossession(client, name, readText(key))
      answer(options.json, ca, summaryOf)
    })
}

function codeVerb(command: Command): void {
  verb(command, 'code <name>', 'Asks for a verification code; a code before it becomes void.', [
    'certificate code root',
  ]).action(async (name: string, options: CommonOptions) => {
    const ca = await askCode(connect(options), name)
    answer(options.json, ca, () => codeSentence(ca))
  })
}

interface VerifyOptions extends CommonOptions {
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
    .action(async (name: string, options: VerifyOptions) => {
      if ((options.file === undefined) === (options.key === undefined))
        throw new UsageError('Give either --file or --key.')
      const client = connect(options)
      const ca =
        options.file === undefined
          ? await provePossession(client, name, readText(options.key ?? ''))
          : await verify(client, name, readCertificateText(options.file))
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
    .action(async (name: string, options: CommonOptions & { force?: boolean }) => {
      await deleteCertificate(connect(options), name, options)
      answer(options.json, { deleted: name }, () => `Deleted the CA certificate "${name}".`)
    })
}

export async function addCertificate(
  client: ProvisioningServiceClient,
  name: string,
  certificate: string,
  isVerified?: boolean,
): Promise<CaView> {
  const { body } = await client.request<CaView>({
    method: 'PUT',
    path: pathOf(name),
    body: { certificate, isVerified },
  })
  return body
}

async function askCode(client: ProvisioningServiceClient, name: string): Promise<CaView> {
  return (await client.request<CaView>({ method: 'POST', path: `${pathOf(name)}/code` })).body
}

async function verify(client: ProvisioningServiceClient, name: string, certificate: string): Promise<CaView> {
  return (await client.request<CaView>({ method: 'POST', path: `${pathOf(name)}/verify`, body: { certificate } })).body
}

/** The whole ritual: ask for a code, sign it with the key, show the result. The key stays here. */
export async function provePossession(
  client: ProvisioningServiceClient,
  name: string,
  keyPem: string,
): Promise<CaView> {
  const keys = readKey(keyPem)
  const { verificationCode: code = '' } = await askCode(client, name)
  const { body } = await client.request<CaView>({ method: 'GET', path: pathOf(name) })
  const [certificate] = readCertificates(body.certificate ?? '')
  if (!certificate) throw new Error(`The service shows no certificate under the name "${name}".`)
  const { clock, random } = realSystem()
  const proof = await issueVerification({ code, ca: { certificate, keys }, days: 1, at: clock.now(), random })
  return await verify(client, name, proof.pem)
}

export async function deleteCertificate(
  client: ProvisioningServiceClient,
  name: string,
  { force }: { readonly force?: boolean },
): Promise<void> {
  await client.request({ method: 'DELETE', path: `${pathOf(name)}${force ? '?force=true' : ''}` })
}

const pathOf = (name: string) => `/landfall/certificates/${encodeURIComponent(name)}`

/** `plant-7.cert.pem` is called plant-7. */
const nameOf = (file: string) => basename(file).replace(/(\.cert|\.ca)?\.(pem|cer|crt|der)$/i, '')

const readText = (file: string) => Buffer.from(readInput(file)).toString('utf8')

function readKey(pem: string) {
  try {
    return readKeyPair(pem)
  } catch {
    throw new UsageError('The key file holds no private key in PEM that can be read without a passphrase.')
  }
}

const summaryOf = ({ name, isVerified, info }: CaView) =>
  isVerified
    ? `${colour.green('Verified')}: "${name}" (${harmless(info.subjectName)}), valid until ${info.notAfterUtc}.`
    : `Added "${name}" (${harmless(info.subjectName)}), not verified yet: "landfall certificate verify ${name} --key FILE" proves possession of its key.`

const codeSentence = ({ name, verificationCode, verificationCodeExpiresUtc }: CaView) =>
  `${verificationCode}\n\nSign a certificate with this common name with the key of "${name}", until ${verificationCodeExpiresUtc}:\n  landfall cert verification ${verificationCode} --ca ${name}\n  landfall certificate verify ${name} --file FILE`
