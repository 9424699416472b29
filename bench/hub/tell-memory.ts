/**
 * Loaded into a server that is measured (`--import`): at SIGUSR2 it collects its garbage and writes what it uses beside its
 * data, so that what is alive can be told from what nobody has swept up yet.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(process.argv[process.argv.indexOf('--data') + 1] ?? '.', 'memory.json')

process.on('SIGUSR2', () => {
  globalThis.gc?.()
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()))
  renameSync(`${file}.new`, file)
})
