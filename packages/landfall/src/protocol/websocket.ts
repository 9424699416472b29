/** MQTT over WebSocket on the HTTPS port: on any path, chosen by the sub-protocol alone (contract/device-api 9). */
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { ProvisioningError } from '../fault.ts'
import type { ProtocolLimits } from './limits.ts'
import type { Mqtt } from './mqtt.ts'

const isMqtt = (protocol: string) => protocol.toLowerCase() === 'mqtt'
const isAmqp = (protocol: string) => protocol.toLowerCase().startsWith('amqp')

export function acceptWebSockets(server: Server, mqtt: Mqtt, limits: ProtocolLimits): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // a frame may hold the end of one packet and the beginning of the next
    maxPayload: 2 * limits.mqttPacketBytes,
    // echoed as the client spells it: the C client offers MQTT
    handleProtocols: (offered) => [...offered].find(isMqtt) ?? false,
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
    if (!offered.some(isMqtt)) return refuseUpgrade(socket, offered)
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, socket as TLSSocket, mqtt))
  })
}

function serve(client: WebSocket, socket: TLSSocket, mqtt: Mqtt): void {
  // MQTT 3.1.1, 6: a frame of text is an error
  client.on('message', (_data, isBinary) => {
    if (!isBinary) client.terminate()
  })
  mqtt.serve(createWebSocketStream(client), socket, 'mqttWs')
}

function refuseUpgrade(socket: Duplex, offered: readonly string[]): void {
  const [status, text] = offered.some(isAmqp)
    ? ['501 Not Implemented', 'AMQP over WebSocket is not served here. Use MQTT.']
    : ['400 Bad Request', 'Offer the WebSocket sub-protocol "mqtt".']
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    () => socket.destroy(),
  )
}

/** The paths of clients, asked without an upgrade. */
export async function explainUpgrade(app: FastifyInstance): Promise<void> {
  for (const url of ['/$iothub/websocket', '/mqtt']) {
    app.get(url, (_request, reply) => {
      reply.header('upgrade', 'websocket')
      throw new ProvisioningError('upgrade_required')
    })
  }
}
