/** MQTT and AMQP over WebSocket on the HTTPS port: on any path, chosen by the sub-protocol alone (contract/device-api 9). */
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { ProvisioningError } from '../fault.ts'
import type { Amqp } from './amqp.ts'
import type { ProtocolLimits } from './limits.ts'
import type { Mqtt } from './mqtt.ts'

const isMqtt = (protocol: string) => protocol.toLowerCase() === 'mqtt'
const isAmqp = (protocol: string) => protocol.toLowerCase() === 'amqpwsb10'

export interface OverWebSocket {
  readonly mqtt: Mqtt
  readonly amqp: Amqp
}

const isServed = (protocol: string) => isMqtt(protocol) || isAmqp(protocol)

export function acceptWebSockets(server: Server, { mqtt, amqp }: OverWebSocket, limits: ProtocolLimits): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // a frame may hold the end of one packet and the beginning of the next
    maxPayload: 2 * limits.mqttPacketBytes,
    // echoed as the client spells it: the C client offers MQTT
    handleProtocols: (offered) => [...offered].find(isServed) ?? false,
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
    if (!offered.some(isServed)) return refuseUpgrade(socket)
    sockets.handleUpgrade(request, socket, head, (client) => {
      refuseText(client)
      const stream = createWebSocketStream(client)
      const { host } = request.headers
      if (isMqtt(client.protocol)) mqtt.serve(stream, socket as TLSSocket, 'mqttWs')
      else amqp.serve({ stream, socket: socket as TLSSocket, transport: 'amqpWs', host })
    })
  })
}

// MQTT 3.1.1, 6, and the AMQP WebSocket binding, 2.4: a frame of text is an error
function refuseText(client: WebSocket): void {
  client.on('message', (_data, isBinary) => {
    if (!isBinary) client.terminate()
  })
}

function refuseUpgrade(socket: Duplex): void {
  const text = 'Offer the WebSocket sub-protocol "mqtt" or "AMQPWSB10".'
  const head = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}`
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head}\r\n\r\n${text}`, () => socket.destroy())
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
