/** `landfall cert check`: the path validator without a service (contract/cert-check). */
import { Command, Option } from 'commander'
import { printable } from '../ids.ts'
import { realSystem } from '../system.ts'
import { type Certificate, MalformedCertificate, parseCertificate } from '../x509/certificate.ts'
import { lintChain } from '../x509/lint-chain.ts'
import { defaultSkewMs } from '../x509/path.ts'
import { readCertificateBytes, UnreadableCertificate } from '../x509/pem.ts'
import type { Purpose } from '../x509/rules.ts'
import { mayDo, summaryOf } from './cert-describe.ts'
import { readInput } from './cert-files.ts'
import { checkBatch } from './check-batch.ts'
import { judge, NoQuestion, purposes, readInstant, type Verdict } from './check-question.ts'
import { UsageError } from './exit.ts'
import { lintLines } from './lint-lines.ts'
import { colour, say } from './output.ts'

interface CheckOptions {
  readonly anchor?: readonly string[]
  readonly chain?: readonly string[]
  readonly at?: string
  readonly purpose: Purpose
  readonly registrationId?: string
  readonly json?: boolean
  readonly batch?: boolean
  readonly lint?: boolean
}

const examples = `
Examples:
  $ landfall cert check --anchor root.pem --chain pump-12.fullchain.pem
  $ landfall cert check --anchor root.pem --chain pump-12.pem line-3.pem --at 2030-01-01T00:00:00Z --registration-id pump-12
  $ landfall cert check --lint --chain pump-12.fullchain.pem
  $ landfall cert check --batch < questions.jsonl > answers.jsonl

Exit codes: 0 accepted, 3 refused, 2 unreadable file or wrong usage.`

export function certCheckCommand(): Command {
  return new Command('check')
    .description('Says whether a certificate chain leads to an anchor, and if not, why.')
    .option('--anchor <file...>', 'trusted certificates: PEM, DER, or - for standard input')
    .option('--chain <file...>', 'as the device sends it: the first certificate is its own')
    .option('--at <time>', 'instant of validation, ISO 8601 (default: now)')
    .addOption(new Option('--purpose <purpose>', 'what the certificate is for').choices(purposes).default('clientAuth'))
    .option('--registration-id <id>', 'also compare the common name')
    .option('--lint', 'also warn of what will fail later, and of what is unusual')
    .option('--json', 'print the answer as JSON')
    .option('--batch', 'JSON lines of questions on standard input, JSON lines of answers on standard output')
    .addHelpText('after', examples)
    .action((options: CheckOptions) => (options.batch ? batch() : checkOne(options)))
}

async function batch(): Promise<void> {
  await checkBatch(process.stdin, process.stdout, realSystem().clock)
}

async function checkOne(options: CheckOptions): Promise<void> {
  const { anchor = [], chain = [], at, purpose, registrationId, json, lint = false } = options
  if (chain.length === 0 || (anchor.length === 0 && !lint)) {
    throw new UsageError(
      'Give at least one --anchor FILE and one --chain FILE, or --batch, or --lint with --chain FILE.',
    )
  }
  if ([...anchor, ...chain].filter((file) => file === '-').length > 1) {
    throw new UsageError('Standard input can be read once: give - for one file only.')
  }
  const ders = chain.flatMap(readDers)
  const instant = at === undefined ? realSystem().clock.now() : instantOf(at)
  const findings = lint ? lintChain(readable(ders), { at: instant }) : []
  const verdict =
    anchor.length === 0
      ? undefined
      : judge({
          anchors: anchor.flatMap(readDers),
          chain: ders,
          at: instant,
          purpose,
          skewMs: defaultSkewMs,
          registrationId,
        })
  if (json) say(JSON.stringify({ ...(verdict && answerOf(verdict)), ...(lint && { lint: findings }) }))
  else say([...(verdict ? [textOf(verdict)] : []), ...(lint ? lintLines(findings) : [])].join('\n'))
  const good = verdict?.accepted ?? !findings.some(({ severity }) => severity === 'error')
  process.exitCode = good ? 0 : 3
}

/** What cannot be read, the verdict tells. */
const readable = (ders: readonly Uint8Array[]): readonly Certificate[] =>
  ders.flatMap((der) => {
    try {
      return [parseCertificate(der)]
    } catch (error) {
      if (error instanceof MalformedCertificate) return []
      throw error
    }
  })

function instantOf(text: string): number {
  try {
    // a day alone begins in UTC
    return readInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  } catch (error) {
    if (error instanceof NoQuestion) throw new UsageError(error.message.replace('"at"', '--at'))
    throw error
  }
}

function readDers(file: string): readonly Uint8Array[] {
  try {
    return readCertificateBytes(readInput(file))
  } catch (error) {
    if (error instanceof UnreadableCertificate) throw new UsageError(`Cannot read ${file}: ${error.why}.`)
    throw error
  }
}

function answerOf({ found, ...verdict }: Verdict) {
  return { ...verdict, path: (found?.path ?? []).map(summaryOf) }
}

function textOf({ accepted, found, reason, message }: Verdict): string {
  const path = (found?.path ?? []).map(lineOf)
  if (accepted) return [...path, `${colour.green('accepted')}: the chain leads to the anchor.`].join('\n')
  const trail = (found?.trail ?? []).map(({ ok, says }) => `  ${ok ? colour.green('ok') : colour.red('no')}  ${says}`)
  return [
    ...path,
    ...(trail.length > 0 ? ['judged:', ...trail] : []),
    `${colour.red('refused')} (${reason}): ${message}`,
  ].join('\n')
}

function lineOf(certificate: Certificate, index: number): string {
  const summary = summaryOf(certificate)
  const [subject, issuer] = [printable(summary.subjectName), printable(summary.issuerName)]
  return `${index + 1}  ${subject}  issued by ${issuer}  ${summary.notBeforeUtc} to ${summary.notAfterUtc}  ${summary.key}  ${mayDo(summary)}`
}
