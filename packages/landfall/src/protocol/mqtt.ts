/** MQTT 3.1.1 on any stream over TLS: a listener of its own, or WebSocket. */
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { boundConnections } from './listener.ts'
import type { MqttPeer } from './mqtt-service.ts'
import { MqttConnection, type MqttParts } from './mqtt-session.ts'
import { OpenConnections } from './open-connections.ts'
import { type TlsIdentity, tlsOptions } from './tls.ts'

export interface Mqtt {
  /** Takes over a stream; `socket` is the TLS connection beneath, which has certificate, address and idle time. */
  serve(stream: Duplex, socket: TLSSocket, transport: MqttPeer['transport']): void
  /** Takes no more messages, answers those in work, closes all; resolves when the last is gone. */
  close(): Promise<void>
  /** Connections now. */
  readonly open: number
}

export function makeMqtt(parts: MqttParts): Mqtt {
  const connections = new OpenConnections<MqttConnection>()
  return {
    get open() {
      return connections.size
    },
    serve(stream, socket, transport) {
      connections.enter(new MqttConnection(stream, socket, transport, parts), stream)
    },
    close: () => connections.close(),
  }
}

/** The server of the MQTT port; `mqtt.close()` ends its connections. */
export function makeMqttServer(mqtt: Mqtt, identity: TlsIdentity, limits: MqttParts['limits']): Server {
  // PUBACK and answer are two small packets: held back to fill a segment, the second comes 40 ms later
  const server = createServer({ ...tlsOptions(identity, limits.handshakeMs), noDelay: true }, (socket) =>
    mqtt.serve(socket, socket, 'mqtt'),
  )
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  boundConnections(server, limits)
  return server
}
