/** `landfall cert lint FILE…`: what would be refused later, and what is unusual, before it is burnt into a device. */
import { Command } from 'commander'
import { type Reason, sentenceOf } from '../fault.ts'
import { isRegistrationId, printable } from '../ids.ts'
import { type Instant, realSystem } from '../system.ts'
import type { Certificate } from '../x509/certificate.ts'
import { defaultSkewMs } from '../x509/path.ts'
import { rules } from '../x509/rules.ts'
import { readCertificateFile } from './cert-files.ts'
import { colour, harmless, say } from './output.ts'

interface Remark {
  readonly level: 'error' | 'warning'
  readonly says: string
}

interface Linted {
  readonly file: string
  readonly subjectName: string
  readonly remarks: readonly Remark[]
}

export function certLintCommand(): Command {
  return new Command('lint')
    .description('Looks for what would be refused, and for what is unusual.')
    .argument('<file...>', 'PEM, DER or base64; - for standard input')
    .option('--for-group', 'as the signing certificate of an enrollment group')
    .option('--json', 'print an array of JSON objects')
    .addHelpText(
      'after',
      '\nExamples:\n  $ landfall cert lint certs/pump-12.fullchain.pem\n  $ landfall cert lint --for-group certs/Line-3.cert.pem\n\nExit codes: 0 no error, 3 an error, 2 unreadable file or wrong usage.',
    )
    .action(async (files: readonly string[], { forGroup = false, json }: { forGroup?: boolean; json?: boolean }) => {
      const at = realSystem().clock.now()
      const linted = files.flatMap((file) => lintFile(file, { at, forGroup }))
      say(json ? JSON.stringify(linted) : linted.flatMap(linesOf).join('\n'))
      const errors = linted.some(({ remarks }) => remarks.some(({ level }) => level === 'error'))
      process.exitCode = errors ? 3 : 0
    })
}

interface Circumstances {
  readonly at: Instant
  readonly forGroup: boolean
}

function lintFile(file: string, circumstances: Circumstances): readonly Linted[] {
  return readCertificateFile(file).map((certificate) => ({
    file,
    subjectName: printable(certificate.subject.text),
    remarks: [...errorsOf(certificate, circumstances), ...warningsOf(certificate, circumstances)],
  }))
}

const ofWholePaths: ReadonlySet<Reason> = new Set<Reason>(['policy', 'name_constraint'])

/** The rules of a path, on the certificate alone: as an issuer where it is one or shall be one, else as a device. */
function errorsOf(certificate: Certificate, { at, forGroup }: Circumstances): readonly Remark[] {
  const isIssuer = forGroup || certificate.extensions.basicConstraints?.ca === true
  // a root stands at the end of a path, where its signature is not looked at
  const above = isIssuer && certificate.selfIssued ? [] : [certificate]
  const place = { certificate, index: isIssuer ? 1 : 0, path: [certificate, certificate, ...above] }
  const circumstances = { at, skewMs: defaultSkewMs, purpose: 'clientAuth' } as const
  return rules
    .filter((rule) => !ofWholePaths.has(rule.reason) && rule.concerns(place))
    .flatMap((rule) => {
      const facts = rule.broken(place, circumstances)
      const subject = printable(certificate.subject.text)
      return facts ? [{ level: 'error', says: sentenceOf(rule.reason, { subject, ...facts }) } as const] : []
    })
}

function warningsOf({ subject, version, extensions }: Certificate, { forGroup }: Circumstances): readonly Remark[] {
  const { commonName } = subject
  const isCa = extensions.basicConstraints?.ca === true
  const device = !forGroup && !isCa
  const findings: readonly (readonly [boolean, string])[] = [
    [device && commonName === undefined, 'It has no common name, so no device can register with it.'],
    [
      device && commonName !== undefined && !isRegistrationId(commonName),
      'Its common name is no legal registration id.',
    ],
    [version !== 3, `It is of version ${version}: it can be no CA, and some software refuses it.`],
    [
      !forGroup && isCa && isRegistrationId(commonName ?? ''),
      'It is a CA. Where it is meant for a device, issue it without CA:TRUE.',
    ],
    [isCa && extensions.keyUsage === undefined, 'It is a CA without key usage, which RFC 5280 4.2.1.3 demands.'],
    [
      isCa && extensions.subjectKeyId === undefined,
      'It is a CA without subject key id, which RFC 5280 4.2.1.2 demands.',
    ],
  ]
  return findings.filter(([found]) => found).map(([, says]) => ({ level: 'warning', says }))
}

function linesOf({ file, subjectName, remarks }: Linted): readonly string[] {
  const what = `${file}: ${harmless(subjectName)}`
  if (remarks.length === 0) return [`${what}: ${colour.green('good')}`]
  const label = { error: colour.red('error'), warning: colour.yellow('warning') }
  return remarks.map(({ level, says }) => `${what}: ${label[level]}: ${says}`)
}
