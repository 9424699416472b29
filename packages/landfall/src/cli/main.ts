/** `landfall`: runs the command that the arguments name, and ends with an exit code that a script can tell apart. */
import type { Command } from 'commander'
import { exitCodes, explainFailure, Unwritable } from './exit.ts'
import { programFor } from './program.ts'

async function main(args: readonly string[]): Promise<void> {
  try {
    const program = await programFor(args)
    throwInsteadOfExit(program)
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    process.exitCode = explainFailure(error, args.includes('--json'))
  }
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const below of command.commands) throwInsteadOfExit(below)
}

// a reader that went away, as in "landfall … | head", is no failure; a full disk below the output is one
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : explainFailure(new Unwritable(error), false))
})
process.stderr.on('error', () => {})

await main(process.argv.slice(2))
