/** What the build may weigh and contain: read from dist, as it is served. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const dist = join(import.meta.dirname, '../../../portal/dist')
if (!existsSync(join(dist, 'index.html'))) throw new Error('The portal is not built: npm run portal')
const read = (name: string) => readFileSync(join(dist, name), 'utf8')
const index = read('index.html')
const names = readdirSync(dist, { recursive: true, encoding: 'utf8' })
const scripts = names.filter((name) => name.endsWith('.js'))
const written = names.filter((name) => /\.(js|css|html|svg)$/.test(name))

/** The entry, what the page preloads, and whatever these import before they run. */
function firstLoad(): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...index.matchAll(/(?:src|href)="\/portal\/(assets\/[^"]+\.js)"/g)].map(([, name = '']) => name)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const imports = read(name).matchAll(/(?:^|[;}])(?:import|export)\s*(?:[\w$*{}\s,]+from)?\s*["']\.\/([^"']+)["']/g)
    waiting.push(...[...imports].map(([, path = '']) => `assets/${path}`))
  }
  return found
}

test('the first load is at most 300 KiB of compressed script', () => {
  const bytes = (ending: string) =>
    [...firstLoad()].reduce((sum, name) => sum + readFileSync(join(dist, name + ending)).length, 0)
  expect(firstLoad().size).toBeGreaterThan(1)
  expect(bytes('.br')).toBeLessThan(300 * 1024)
  expect(bytes('.gz')).toBeLessThan(300 * 1024)
})

test('every page but the first is loaded when it is opened', () => {
  expect(scripts.length - firstLoad().size).toBeGreaterThan(8)
})

test('every text is there compressed as well, and is the same', () => {
  for (const name of written) {
    expect(existsSync(join(dist, `${name}.br`)), name).toBe(true)
    expect(brotliDecompressSync(readFileSync(join(dist, `${name}.br`))).toString()).toBe(read(name))
    expect(gunzipSync(readFileSync(join(dist, `${name}.gz`))).toString()).toBe(read(name))
  }
})

test('names of scripts and styles change with their content', () => {
  expect(names.filter((name) => /\.(js|css)$/.test(name) && !/-[\w-]{8}\.\w+$/.test(name))).toEqual([])
})

test('the page has no script, style or handler within it', () => {
  expect(index).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/)
  expect(index).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
})

test('no script makes code of text', () => {
  const making = scripts.filter((name) => /\beval\(|\bnew Function\(|\bFunction\(["'`]/.test(read(name)))
  expect(making).toEqual([])
})

test('nothing is fetched from elsewhere: no address but names that are never asked', () => {
  // namespaces of SVG and XML, and where React and others explain an error
  const harmless =
    /^(http:\/\/www\.w3\.org\/|https:\/\/(react\.dev|reactjs\.org|aka\.ms|fb\.me|www\.i18next\.com|locize\.com|react\.i18next\.com)\b)/
  const addresses = written.flatMap((name) =>
    [...read(name).matchAll(/https?:\/\/[\w.-]+[^\s"'`<>)]*/g)].map(([text]) => text),
  )
  expect(addresses.filter((address) => !harmless.test(address))).toEqual([])
  expect(
    written.filter((name) => /@import|url\(\s*["']?(?!#)|importScripts\(/.test(name.endsWith('.js') ? '' : read(name))),
  ).toEqual([])
})
