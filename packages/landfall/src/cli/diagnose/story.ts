/** A dry run for people: the chain drawn with every rule, the steps, the remedy. */
import { lintLines } from '../lint-lines.ts'
import { colour, harmless } from '../output.ts'
import type { Diagnosis } from './ask.ts'

type Link = Diagnosis['chain'][number]

export function story(diagnosis: Diagnosis): string {
  const { registrationId, transport, at, chain, trail, lint } = diagnosis
  return [
    colour.bold(`"${harmless(registrationId)}" over ${transport}, as of ${at}`),
    ...drawing(chain),
    '',
    ...trail.map(({ step, ok, says }) => `  ${mark(ok)} ${step.padEnd(14)}  ${harmless(says)}`),
    ...(lint.length > 0 ? ['', ...lintLines(lint)] : []),
    '',
    ...ending(diagnosis),
  ].join('\n')
}

export const mark = (ok: boolean): string => (ok ? colour.green('✓') : colour.red('✗'))

/** Leaf first, each standing on what issued it. */
function drawing(chain: readonly Link[]): readonly string[] {
  return chain.flatMap((link, index) => {
    const last = index === chain.length - 1
    const [corner, edge] = last ? ['└─', '  '] : ['├─', '│ ']
    return [
      ...(index === 0 ? [''] : ['  │']),
      `  ${corner} ${colour.bold(harmless(link.subject))}  ${colour.dim(originOf(link))}`,
      `  ${edge} ${colour.dim(`issued by ${harmless(link.issuer)}, ${link.notBeforeUtc} to ${link.notAfterUtc}`)}`,
      `  ${edge} ${colour.dim(`SHA-256 ${link.sha256Thumbprint}`)}`,
      ...link.rules.map(
        ({ ok, says, section }) => `  ${edge} ${mark(ok)} ${sentence(says, link)}${ok ? '' : ` (${section})`}`,
      ),
    ]
  })
}

/** The certificate is named above already. */
const sentence = (says: string, { subject }: Link): string =>
  harmless(says.startsWith(`"${subject}" `) ? says.slice(subject.length + 3) : says)

const origins = { sent: 'sent by the device', stored: 'stored here', anchor: 'trusted here' } as const

function originOf({ from, sent, enrollmentGroups, certificates }: Link): string {
  return [
    origins[from],
    ...(sent && from !== 'sent' ? ['sent too'] : []),
    ...enrollmentGroups.map((id) => `enrollment group ${id}`),
    ...certificates.map((name) => `CA certificate ${name}`),
  ].join(', ')
}

function ending({
  outcome,
  presumed,
  hub,
  deviceId,
  message,
  errorCode,
  reason,
  remedy,
}: Diagnosis): readonly string[] {
  const proof = presumed ? ', if its proof is good' : ''
  if (outcome === 'assigned') return [colour.green(`Would be assigned to ${hub} as "${deviceId}"${proof}.`)]
  if (outcome === 'asked')
    return [
      colour.green(`Its webhook would be asked for the hub of "${deviceId}"${proof}; diagnosing does not ask it.`),
    ]
  return [
    `${colour.red(`Would be ${outcome === 'failed' ? 'recorded as failed' : outcome}`)}${presumed && outcome !== 'refused' ? proof : ''}: ${harmless(message ?? '')} (${errorCode}, ${reason})`,
    ...(remedy === undefined ? [] : [`${colour.bold('What to do:')} ${harmless(remedy)}`]),
  ]
}
