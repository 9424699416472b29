/** `landfall cert show FILE|-`. */
import { Command } from 'commander'
import { printable } from '../ids.ts'
import { mayDo, summaryOf } from './cert-describe.ts'
import { readCertificateFile } from './cert-files.ts'
import { answer } from './output.ts'

export function certShowCommand(): Command {
  return new Command('show')
    .description('Prints what stands in a certificate, or in each of a file.')
    .argument('<file>', 'PEM, DER or base64; - for standard input')
    .option('--json', 'print an array of JSON objects')
    .addHelpText(
      'after',
      '\nExamples:\n  $ landfall cert show certs/pump-12.fullchain.pem\n  $ cat device.cer | landfall cert show - --json',
    )
    .action(async (file: string, { json }: { json?: boolean }) => {
      const summaries = readCertificateFile(file).map(summaryOf)
      answer(json, summaries, () => summaries.map(linesOf).join('\n\n'))
    })
}

function linesOf(summary: ReturnType<typeof summaryOf>): string {
  const rows: readonly (readonly [string, string])[] = [
    ['subject', printable(summary.subjectName, 1000)],
    ['issuer', summary.selfIssued ? '(itself)' : printable(summary.issuerName, 1000)],
    ['valid', `${summary.notBeforeUtc} to ${summary.notAfterUtc}`],
    ['key', summary.key],
    ['signed with', summary.signatureAlgorithm],
    ['may', mayDo(summary)],
    ...(summary.alternativeNames ? [['names', printable(summary.alternativeNames.join(', '), 1000)] as const] : []),
    ['serial', summary.serialNumber],
    ['SHA-1', summary.sha1Thumbprint],
    ['SHA-256', summary.sha256Thumbprint],
  ]
  return rows.map(([label, value]) => `${label.padEnd(13)}${value}`).join('\n')
}
