/**
 * The portal's files, read once: a request is looked up among the names that were there when the first page was asked
 * for, and never becomes a path on the disk.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

export interface PortalFile {
  readonly type: string
  readonly etag: string
  /** Its name has a hash of its content in it: it never changes. */
  readonly immutable: boolean
  readonly bytes: Buffer
  /** Undefined: smaller as it is. */
  compressed(encoding: Encoding): Promise<Buffer | undefined>
}

export type PortalFiles = ReadonlyMap<string, PortalFile>

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

const encodings = ['br', 'gzip'] as const
const packed: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' }
const packers = { br: promisify(brotliCompress), gzip: promisify(gzip) }

/** Below, compression saves less than the packet that it fills. */
const worthCompressing = 1024

/** Read when they are first asked for, and then known. */
export function portalFiles(dir: string): () => PortalFiles {
  let known: PortalFiles | undefined
  return () => {
    known ??= readPortalFiles(dir)
    return known
  }
}

/** By path below `/portal/`. Empty where the portal was not built; source maps are for its builders. */
function readPortalFiles(dir: string): PortalFiles {
  if (!existsSync(join(dir, 'index.html'))) return new Map()
  const found = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(found.map((path) => [relative(dir, path).replaceAll('\\', '/'), readPortalFile(path)]))
}

function readPortalFile(path: string): PortalFile {
  const bytes = readFileSync(path)
  const type = types[extname(path)] ?? 'application/octet-stream'
  const built = (encoding: Encoding) => readIfThere(`${path}${packed[encoding]}`)
  const kept = new Map<Encoding, Promise<Buffer | undefined> | undefined>(
    encodings.map((encoding) => [encoding, built(encoding)]),
  )
  return {
    bytes,
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    immutable: /[/\\]assets[/\\][^/\\]*-[A-Za-z0-9_-]{8,}\.\w+$/.test(path),
    compressed(encoding) {
      const known = kept.get(encoding) ?? compress(bytes, encoding, type)
      kept.set(encoding, known)
      return known
    },
  }
}

const readIfThere = (path: string) => (existsSync(path) ? Promise.resolve(readFileSync(path)) : undefined)

/** What the build did not: once, when it is first asked for, so that the start does not wait. */
async function compress(bytes: Buffer, encoding: Encoding, type: string): Promise<Buffer | undefined> {
  if (/^(image\/(png|x-icon)|font)/.test(type) || bytes.length < worthCompressing) return
  const small = await packers[encoding](bytes)
  return small.length < bytes.length ? small : undefined
}
