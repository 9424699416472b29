/**
 * After `npm ci` in a checkout: builds the portal, unless it is built already or its builder was not installed
 * (`--omit=dev`). The service works without a portal, so a build that fails is told and breaks nothing.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const madeAt = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
const sources = ['src', 'public', 'build']
  .flatMap((dir) => readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name)))
  .concat('index.html', 'vite.config.ts', 'package.json', '../../package-lock.json')

const upToDate = madeAt('dist/index.html') > Math.max(...sources.map(madeAt))

const vite = upToDate ? undefined : await import('vite').catch(() => undefined)
try {
  await vite?.build({ configFile: join(root, 'vite.config.ts'), logLevel: 'error' })
} catch (error) {
  console.error(error)
  console.error('The portal could not be built. Everything else works; "npm run portal" tries again.')
}
