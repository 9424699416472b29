/** The bytes below a device's MQTT: TLS on the port of MQTT, or a WebSocket on that of HTTPS (contract/device-api 9). */
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { createWebSocketStream, WebSocket } from 'ws'
import { type Device, type Reach, replyTimeoutMs, shownInTls } from './wire.ts'

export type MqttTransport = 'mqtt' | 'mqtt-ws'

export function openStream(transport: MqttTransport, reach: Reach, device: Device): Duplex {
  return transport === 'mqtt' ? overTls(reach, device) : overWebSocket(reach, device)
}

function overTls({ host, serverName, mqttPort: port, ca }: Reach, device: Device): Duplex {
  const socket = connect({ host, port, ca, ...shownInTls(device), ...nameOf(serverName ?? host) })
  // small packets, one after the other: waiting to fill a segment costs 40 ms each
  return socket.setNoDelay(true)
}

function overWebSocket({ host, serverName, httpsPort, ca }: Reach, device: Device): Duplex {
  const at = isIP(host) === 6 ? `[${host}]` : host
  const socket = new WebSocket(`wss://${at}:${httpsPort}/$iothub/websocket`, ['mqtt'], {
    ca,
    ...shownInTls(device),
    ...nameOf(serverName ?? host),
    handshakeTimeout: replyTimeoutMs,
    perMessageDeflate: false,
  })
  return createWebSocketStream(socket)
}

// RFC 6066 3: an address is no server name
const nameOf = (host: string) => (isIP(host) === 0 ? { servername: host } : {})
