/** `landfall explain`: the story of what a device tried, to register or to come to its hub, step by step. */
import type { Command } from 'commander'
import type { Attempt, TrailStep } from '../registration/attempt.ts'
import { type CommonOptions, single } from './command.ts'
import { connect } from './connection.ts'
import { UsageError } from './exit.ts'
import { answer, colour, harmless } from './output.ts'

export type AttemptView = Omit<Attempt, 'at' | 'key'> & { readonly at: string }

interface ExplainOptions extends CommonOptions {
  readonly registrationId?: string
  readonly deviceId?: string
  readonly limit: string
}

export function explainCommand(): Command {
  return single('explain', 'Tells the story of what a device tried, to register or on its hub, step by step.', [
    'explain 1f0d8a52-6a3e-4f0b-9a55-5d1c1a1f6a11',
    'explain --registration-id pump-12',
    'explain --device-id pump-12',
    'explain --registration-id pump-12 --limit 10 --json',
  ])
    .argument('[tracking-id]', 'as the refusal or the log says')
    .option('--registration-id <id>', 'the newest attempts of this device')
    .option('--device-id <id>', 'the same, by the id that it has on its hub')
    .option('--limit <count>', 'how many of them', '1')
    .action(async (trackingId: string | undefined, options: ExplainOptions) => {
      const { registrationId, deviceId } = options
      if ([trackingId, registrationId, deviceId].filter((one) => one !== undefined).length !== 1)
        throw new UsageError('Give either a tracking id, --registration-id or --device-id.')
      const attempts = await ask(trackingId, options)
      const value = trackingId === undefined ? attempts : attempts[0]
      answer(options.json, value, () => attempts.map(story).join('\n\n') || nothing(registrationId ?? deviceId))
    })
}

async function ask(trackingId: string | undefined, options: ExplainOptions): Promise<readonly AttemptView[]> {
  const client = connect(options)
  if (trackingId !== undefined) {
    const path = `/landfall/attempts/${encodeURIComponent(trackingId)}`
    return [(await client.request<AttemptView>({ method: 'GET', path })).body]
  }
  const { registrationId = '', deviceId, limit } = options
  const asked = new URLSearchParams({ ...(deviceId === undefined ? { registrationId } : { deviceId }), limit })
  return (await client.request<readonly AttemptView[]>({ method: 'GET', path: `/landfall/attempts?${asked}` })).body
}

const nothing = (id: string | undefined) =>
  `No attempt of "${id}" is remembered: it never reached this service, or it was long ago.`

export function story(attempt: AttemptView): string {
  const { registrationId, transport, at, durationMs, trackingId } = attempt
  return [
    colour.bold(`"${registrationId}" over ${transport} at ${at}`),
    `tracking id ${trackingId}, ${durationMs.toFixed(1)} ms${attempt.remoteAddress ? `, from ${attempt.remoteAddress}` : ''}`,
    '',
    ...attempt.trail.map(stepLine),
    '',
    ending(attempt),
  ].join('\n')
}

const stepLine = ({ step, ok, says }: TrailStep): string =>
  `  ${ok ? colour.green('✓') : colour.red('✗')} ${step.padEnd(14)}  ${harmless(says)}`

function ending(attempt: AttemptView): string {
  const { registrationId, outcome, hub, deviceId, message, errorCode, reason, hubCode, cutOff } = attempt
  if (outcome === 'assigned') return colour.green(`Assigned to ${hub} as "${deviceId}".`)
  // the end is told here too, except where a restart came in between
  if (outcome === 'challenged')
    return 'Challenged: its TPM was sent a key. The device is to come again with a token signed by it.'
  if (outcome === 'assigning')
    return `The hub had not answered yet. What became of it: landfall registration show ${registrationId}`
  if (message === undefined) return `Outcome: ${outcome}.`
  const what = hubCode === undefined ? outcome : `${cutOff ? 'cut off' : outcome} by its hub`
  return `${colour.red(what)}: ${harmless(message)} (${[errorCode, reason ?? hubCode].filter(Boolean).join(', ')})`
}
