/** `/portal/…`: the portal's files; every address within it that is no file is the portal itself, which reads it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Encoding, PortalFile, PortalFiles } from './files.ts'
import { securityHeaders } from './headers.ts'
import { notBuilt } from './not-built.ts'

const prefix = '/portal/'

export function pageRoutes(app: FastifyInstance, files: () => PortalFiles): void {
  app.route({ method: ['GET', 'HEAD'], url: '/', handler: async (request, reply) => front(request, reply) })
  for (const url of ['/portal', '/portal/*'])
    app.route({ method: ['GET', 'HEAD'], url, handler: (request, reply) => page(request, reply, files()) })
}

/** An address within the portal that no router can decode is the portal all the same, which has a page to say so. */
export function readableUrl(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  return path.toLowerCase().startsWith(prefix) && !isDecodable(path) ? `${prefix}unreadable` : url
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A person who typed the name of the service means the portal; a program means nothing that is here. */
function front(request: FastifyRequest, reply: FastifyReply) {
  if (/\btext\/html\b/.test(request.headers.accept ?? '')) return reply.redirect(prefix, 307)
  throw notFound(request)
}

async function page(request: FastifyRequest, reply: FastifyReply, files: PortalFiles) {
  const [path = '', query] = request.url.split(/\?(.*)/s)
  // the router ignores letter case and the slash at the end; addresses within the portal do not
  if (!path.startsWith(prefix))
    return reply.redirect(`${prefix}${path.slice(prefix.length)}${query ? `?${query}` : ''}`, 308)
  reply.headers(securityHeaders)
  if (files.size === 0) return notBuilt(reply)
  const name = path.slice(prefix.length)
  const file = files.get(name) ?? (looksLikeFile(name) ? undefined : files.get('index.html'))
  if (!file) throw notFound(request)
  return await send(file, request, reply)
}

/** Ids may have dots in them, but stand below a page: files are in `assets`, or at the top with an ending. */
const looksLikeFile = (name: string) => name.startsWith('assets/') || /^[^/]*\.[^/]*$/.test(name)

async function send(file: PortalFile, request: FastifyRequest, reply: FastifyReply) {
  reply.header('cache-control', cachingOf(file)).header('vary', 'accept-encoding').header('etag', file.etag)
  if (request.headers['if-none-match']?.split(/\s*,\s*/).some((one) => one.replace(/^W\//, '') === file.etag))
    return reply.code(304).send()
  const encoding = acceptedOf(request.headers['accept-encoding'])
  const small = encoding && (await file.compressed(encoding))
  if (small) reply.header('content-encoding', encoding)
  const body = small ?? file.bytes
  reply.type(file.type).header('content-length', body.length)
  return reply.send(request.method === 'HEAD' ? undefined : body)
}

/** The page names the files of its build, so it is asked for anew; they never change under their names. */
function cachingOf({ immutable, type }: PortalFile): string {
  if (immutable) return 'public, max-age=31536000, immutable'
  return type.startsWith('text/html') ? 'no-store' : 'no-cache'
}

/** RFC 9110 12.5.3, as browsers send it. */
function acceptedOf(header: string | string[] = ''): Encoding | undefined {
  const taken = [header]
    .flat()
    .join(',')
    .toLowerCase()
    .split(/\s*,\s*/)
  const takes = (name: string) =>
    taken.some((one) => new RegExp(`^${name}\\s*(;\\s*q=(?!0(\\.0*)?$).*)?$`).test(one.trim()))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}

const notFound = ({ method, url }: FastifyRequest) =>
  new ProvisioningError('not_found', { method, path: printable(url.split('?', 1)[0] ?? '') })
