/** What a stranger may take up. */
export interface ProtocolLimits {
  /** From TCP connect to a finished TLS handshake. */
  readonly handshakeMs: number
  /** Of one port; then the oldest of them goes. */
  readonly unfinishedHandshakes: number
  /** From a finished handshake (or the last answer's end, for further requests) to complete HTTP headers. */
  readonly headersMs: number
  /** From the first byte of an HTTP request to its last. */
  readonly requestMs: number
  /** An HTTP connection between two requests. */
  readonly httpIdleMs: number
  readonly headerBytes: number
  /** Connections of one address; devices behind one router or load balancer share it. */
  readonly connectionsPerAddress: number
  /** From a finished handshake to a complete CONNECT. */
  readonly mqttConnectMs: number
  /** Silence of an MQTT client that asked for no keep-alive. */
  readonly mqttIdleMs: number
  readonly mqttPacketBytes: number
  /** Publishes of one connection in work; then its socket is read no further. */
  readonly mqttInFlight: number
  /** From a finished handshake to a complete OPEN. */
  readonly amqpOpenMs: number
  /** From a challenge that went to a TPM to a complete OPEN. */
  readonly amqpTpmMs: number
  /** Silence of an AMQP client; it is told, and sends empty frames meanwhile. */
  readonly amqpIdleMs: number
  readonly amqpFrameBytes: number
  readonly amqpMessageBytes: number
  /** Of one connection. */
  readonly amqpSessions: number
  readonly amqpLinks: number
  /** What the sessions and links of one connection say of themselves as they begin, together. */
  readonly amqpSaidBytes: number
  /** Messages of one connection that came in part, together. */
  readonly amqpPartialBytes: number
  /** Messages of one connection in work; then its socket is read no further. */
  readonly amqpInFlight: number
  /** Unread bytes towards one client; then it is cut off. */
  readonly unreadBytes: number
}

/** Bounds of our own where no section is named: far above what devices on slow links need, far below what hurts. */
export const defaultLimits: ProtocolLimits = {
  // a site that comes back after a power cut opens thousands at once: at 150 handshakes a second, ten seconds are 1,500 devices
  handshakeMs: 60_000,
  // some 30 KiB each, so 120 MiB a port; those of a site that comes back are taken up by the thousand (listener.ts, backlog)
  unfinishedHandshakes: 4096,
  headersMs: 20_000,
  requestMs: 60_000,
  httpIdleMs: 75_000,
  headerBytes: 16 * 1024,
  connectionsPerAddress: 20_000,
  mqttConnectMs: 10_000,
  // contract/device-api 5.1
  mqttIdleMs: 10 * 60_000,
  // contract/iot-hub 10.9, contract/device-api 3.1: 256 KiB of body; the topic, which holds the properties, comes on top
  mqttPacketBytes: (256 + 64) * 1024,
  mqttInFlight: 8,
  amqpOpenMs: 10_000,
  // contract/device-api-amqp-tpm 3.4: Java waits 8 s before its proof, and may wait for 60
  amqpTpmMs: 90_000,
  // as the cloud's; contract/iot-hub 14.4: clients that sleep through it are of no use to anybody
  amqpIdleMs: 4 * 60_000,
  amqpFrameBytes: 64 * 1024,
  // contract/iot-hub 10.9: 256 KiB of body; properties come on top
  amqpMessageBytes: (256 + 64) * 1024,
  // C# and Java carry hundreds of devices on one connection: contract/iot-hub 11.14
  amqpSessions: 256,
  amqpLinks: 1024,
  // some 350 bytes a link; in values of one byte each, fifty times as much in memory
  amqpSaidBytes: 512 * 1024,
  amqpPartialBytes: 1024 * 1024,
  amqpInFlight: 32,
  unreadBytes: 1024 * 1024,
}
