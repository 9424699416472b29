#!/usr/bin/env node
/** `landfall`: runs the command that the arguments name, and ends with an exit code that a script can tell apart. */
import type { Command } from 'commander'
import { exitCodes, explainFailure } from './exit.ts'
import { tell } from './output.ts'
import { programFor } from './program.ts'

async function main(args: readonly string[]): Promise<void> {
  warnOldNode()
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

function warnOldNode(): void {
  if (Number(process.versions.node.split('.')[0]) >= 24) return
  tell(`landfall needs Node 24; this is ${process.version}. In its repository use "npm run landfall -- …".`)
}

// a reader that went away, as in "landfall … | head", is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.done)
})
process.stderr.on('error', () => {})

await main(process.argv.slice(2))
