/** `landfall cert lint FILE…`: what would be refused later, and what is unusual, before it is burnt into a device. */
import { Command } from 'commander'
import { printable } from '../ids.ts'
import { type Instant, realSystem } from '../system.ts'
import { lintCertificate } from '../x509/lint.ts'
import { readCertificateFile } from './cert-files.ts'
import { colour, harmless, say } from './output.ts'

interface Remark {
  readonly level: 'error' | 'warning'
  readonly rule: string
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

function lintFile(file: string, { at, forGroup }: Circumstances): readonly Linted[] {
  return readCertificateFile(file).map((certificate) => ({
    file,
    subjectName: printable(certificate.subject.text),
    remarks: lintCertificate(certificate, { at, asIssuer: forGroup }).map(({ severity: level, rule, says }) => ({
      level,
      rule,
      says,
    })),
  }))
}

function linesOf({ file, subjectName, remarks }: Linted): readonly string[] {
  const what = `${file}: ${harmless(subjectName)}`
  if (remarks.length === 0) return [`${what}: ${colour.green('good')}`]
  const label = { error: colour.red('error'), warning: colour.yellow('warning') }
  return remarks.map(({ level, says }) => `${what}: ${label[level]}: ${says}`)
}
