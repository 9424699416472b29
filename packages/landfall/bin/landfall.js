#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * Where the program starts. JavaScript, and apart from the rest, because what Node has compiled is only kept for what is
 * loaded after this line: the stripping of types with its 20 MiB, and half of the CPU of a start, are then needed once.
 *
 * The young generation is bounded (MiB a semispace): by itself it grows to 128 MiB under load and stays there, empty,
 * and nothing is won by it.
 */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The user's own: what lies in a shared temporary directory, somebody else may have put there to be run. */
function cacheDirectory() {
  const { XDG_CACHE_HOME: chosen } = process.env
  if (chosen && existsSync(chosen)) return join(chosen, 'landfall')
  if (existsSync(homedir())) return join(homedir(), '.cache', 'landfall')
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`landfall needs Node 24; this is ${process.version}. In its repository use "npm run landfall -- …".`)
  if (!process.features.typescript) process.exit(1)
}

// where nothing can be kept a start is slower, and no more
const directory = cacheDirectory()
if (directory) module.enableCompileCache?.(directory)
await import('../src/cli/main.ts')
