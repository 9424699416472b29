/** What stood on the wire beyond the request: addresses, TLS, the path, and by which name it logged in. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { printable } from '../../ids.ts'

export interface Wire {
  readonly protocol: string
  readonly remoteAddress?: string
  readonly tlsVersion?: string
  readonly cipher?: string
  /** The name that the client dialled, as TLS told it (SNI). */
  readonly serverName?: string
  readonly request?: string
  /** Of CONNECT, or of SASL PLAIN, which has no client id. */
  login?: { readonly clientId?: string; readonly userName: string | undefined }
}

/** Of the HTTPS request that is being handled. */
export const currentWire = new AsyncLocalStorage<Wire>()

export function wireOf(socket: Duplex, protocol: string, request?: IncomingMessage): Wire {
  const line = request && { request: `${request.method} ${printable(request.url ?? '', 500)}` }
  if (!(socket instanceof TLSSocket)) return { protocol, ...line }
  // false where the client named none; the declarations know only the client's side
  const { servername } = socket as { servername?: string | false }
  return {
    protocol,
    remoteAddress: socket.remoteAddress,
    tlsVersion: socket.getProtocol() ?? undefined,
    cipher: socket.getCipher().standardName,
    ...(servername && { serverName: printable(servername) }),
    ...line,
  }
}
