/** A port: opened, kept from being taken by one address, and closed without cutting off what was begun. */
import type { AddressInfo, Server, Socket } from 'node:net'

export interface ListenAddress {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
}

/** Resolves to the port in use; rejects with the system's error (EADDRINUSE, EACCES). */
export function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

interface ConnectionLimits {
  readonly connectionsPerAddress: number
  readonly unfinishedHandshakes: number
}

/**
 * Cuts off connections of an address beyond its share, before their handshake costs anything. Of those whose handshake is
 * not over the oldest goes where there are too many: a crowd that begins and never ends keeps nobody else out.
 */
export function boundConnections(
  server: Server,
  { connectionsPerAddress: most, unfinishedHandshakes }: ConnectionLimits,
): void {
  const open = new Map<string, number>()
  const unfinished = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    const count = address === undefined ? most : (open.get(address) ?? 0)
    if (address === undefined || count >= most) return socket.destroy()
    const peer = peerOf(socket)
    if (unfinished.size >= unfinishedHandshakes) cutOldest(unfinished)
    unfinished.set(peer, socket)
    open.set(address, count + 1)
    // closes once; once() itself would keep a wrapper for each of ten thousand idle connections
    socket.on('close', () => {
      unfinished.delete(peer)
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
  server.on('secureConnection', (socket: Socket) => void unfinished.delete(peerOf(socket)))
}

const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`

function cutOldest(sockets: Map<string, Socket>): void {
  const [oldest] = sockets
  if (oldest === undefined) return
  const [peer, socket] = oldest
  sockets.delete(peer)
  socket.destroy()
}

/** Accepts no more; resolves when the last connection is gone. Who owns connections ends them meanwhile. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
  })
}
