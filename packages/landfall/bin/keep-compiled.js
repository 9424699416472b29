/** What Node has compiled is kept for the next start, types stripped. */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** For what is loaded after this call. Where nothing can be kept a start is slower, and no more. */
export function keepCompiled() {
  const directory = cacheDirectory()
  if (directory) module.enableCompileCache?.(directory)
}

/** The user's own: what lies in a shared temporary directory, somebody else may have put there to be run. */
function cacheDirectory() {
  const { XDG_CACHE_HOME: chosen } = process.env
  if (chosen && existsSync(chosen)) return join(chosen, 'landfall')
  if (existsSync(homedir())) return join(homedir(), '.cache', 'landfall')
}
