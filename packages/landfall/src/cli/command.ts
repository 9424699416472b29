/** The frame of every command: options that all have, and examples in its help. */
import { Command } from 'commander'
import type { ConnectOptions } from './connection.ts'

/** What every command that asks a service takes. */
export interface CommonOptions extends ConnectOptions {
  readonly json?: boolean
}

/** A command with verbs below it. */
export function family(name: string, summary: string, examples: readonly string[]): Command {
  return withExamples(new Command(name).description(summary), examples).showHelpAfterError(
    `See "landfall ${name} --help".`,
  )
}

/** A verb of a family, which asks a running service. `usage` is its name and its arguments. */
export function verb(parent: Command, usage: string, summary: string, examples: readonly string[]): Command {
  return asksService(withExamples(parent.command(usage).description(summary), examples))
}

/** A command of its own, which asks a running service. */
export function single(name: string, summary: string, examples: readonly string[]): Command {
  return asksService(withExamples(new Command(name).description(summary), examples))
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ landfall ${line}`).join('\n')}`)
}

function asksService(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of a service on this machine (default: ./.landfall)')
    .option(
      '--login <connection-string>',
      'connection string of a service anywhere (else IOT_PROVISIONING_SERVICE_CONNECTION_STRING)',
    )
    .option('--json', 'print JSON, for programs')
}
