/**
 * A TLS server of Node alone, with Landfall's TLS options, that answers CONNECT and SUBSCRIBE with canned bytes: what a
 * connection costs before anybody does anything with it. Started by bare.ts, gone when its channel is.
 */
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { defaultLimits } from '../../packages/landfall/src/protocol/limits.ts'
import { tlsOptions } from '../../packages/landfall/src/protocol/tls.ts'

const [, , key = '', certificate = ''] = process.argv
const identity = { key: readFileSync(key), certificate: readFileSync(certificate) }
const held = new Set<TLSSocket>()
const connack = Buffer.from([0x20, 2, 0, 0])
const subackOfThree = Buffer.from([0x90, 5, 0, 1, 1, 1, 1])

const server = createServer({ ...tlsOptions(identity, defaultLimits.handshakeMs), noDelay: true }, (socket) => {
  held.add(socket)
  socket.on('data', ([first = 0]: Buffer) => socket.write(first >> 4 === 1 ? connack : subackOfThree))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => held.delete(socket))
})
server.on('tlsClientError', (_error, socket) => socket.destroy())
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
)

process.on('message', () => {
  globalThis.gc?.()
  process.send?.({ heapBytes: process.memoryUsage().heapUsed })
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {})
