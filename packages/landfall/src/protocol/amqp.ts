/** AMQP 1.0 on any stream over TLS: a listener of its own, or WebSocket. */
import { createServer, type Server } from 'node:tls'
import { AmqpConnection, type AmqpParts, type AmqpStream } from './amqp-session.ts'
import { boundConnections } from './listener.ts'
import { OpenConnections } from './open-connections.ts'
import { type TlsIdentity, tlsOptions } from './tls.ts'

export interface Amqp {
  /** Takes over a stream. */
  serve(stream: AmqpStream): void
  /** Takes no more messages, answers those in work, closes all; resolves when the last is gone. */
  close(): Promise<void>
  /** Connections now. */
  readonly open: number
}

export function makeAmqp(parts: AmqpParts): Amqp {
  const connections = new OpenConnections<AmqpConnection>()
  return {
    get open() {
      return connections.size
    },
    serve(stream) {
      connections.enter(new AmqpConnection(stream, parts), stream.stream)
    },
    close: () => connections.close(),
  }
}

/** The server of the AMQP port; `amqp.close()` ends its connections. */
export function makeAmqpServer(amqp: Amqp, identity: TlsIdentity, limits: AmqpParts['limits']): Server {
  const server = createServer({ ...tlsOptions(identity, limits.handshakeMs), noDelay: true }, (socket) =>
    amqp.serve({ stream: socket, socket, transport: 'amqp' }),
  )
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  boundConnections(server, limits)
  return server
}
