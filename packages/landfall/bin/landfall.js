#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * Where the program starts. JavaScript, and apart from the rest, because what Node has compiled is only kept for what is
 * loaded after this line: the stripping of types with its 20 MiB, and half of the CPU of a start, are then needed once.
 *
 * The young generation is bounded (MiB a semispace): by itself it grows to 128 MiB under load and stays there, empty,
 * and nothing is won by it.
 */
import { keepCompiled } from './keep-compiled.js'

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`landfall needs Node 24; this is ${process.version}. In its repository use "npm run landfall -- …".`)
  if (!process.features.typescript) process.exit(1)
}

keepCompiled()
await import('../src/cli/main.ts')
