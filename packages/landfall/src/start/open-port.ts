/** A standard port where it may be had, another where it may not; and the sentence that says so. */
import type { Server } from 'node:net'
import type { Log } from '../observe/log.ts'
import { listen } from '../protocol/listener.ts'

export interface PortOrder {
  readonly name: 'https' | 'mqtt' | 'amqp' | 'management'
  readonly host: string
  readonly port: number
}

/** A port that was asked for and cannot be had; exit code 1. */
export class PortUnavailable extends Error {
  constructor({ name, host, port }: PortOrder, why: string) {
    super(`Port ${port} of ${host} cannot be opened: ${why}. Give another with --${name}-port; 0 picks a free one.`)
    this.name = 'PortUnavailable'
  }
}

/** The standard ports have a stand-in, since they may be taken or reserved; any other port was meant. */
const standIns: Readonly<Record<number, number>> = { 443: 8443, 8883: 18883, 5671: 15671, 9400: 0 }

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open ports below 1024 here',
  EADDRINUSE: 'another program has it',
  EADDRNOTAVAIL: 'this machine has no such address',
}

export async function openPort(server: Server, order: PortOrder, log: Log): Promise<number> {
  const { name, host, port } = order
  const failure = await tryPort(server, order)
  if (typeof failure === 'number') return failure
  const standIn = standIns[port]
  if (standIn === undefined || failure.code === 'EADDRNOTAVAIL') throw new PortUnavailable(order, reasonOf(failure))
  const second = await tryPort(server, { name, host, port: standIn })
  const taken = typeof second === 'number' ? second : await listen(server, { host, port: 0 })
  log.warn(
    { wanted: port, taken },
    `Port ${port} cannot be opened: ${reasonOf(failure)}. Taking ${taken} instead. ${advice[name]}`,
  )
  return taken
}

const advice: Readonly<Record<PortOrder['name'], string>> = {
  https:
    'Node\u2019s, Java\u2019s and C\u2019s SDKs dial 443 only (HTTPS and WebSocket); Python\u2019s service client and curl take another. To allow it on Linux: sudo sysctl net.ipv4.ip_unprivileged_port_start=443. See docs/clients.md.',
  mqtt: 'Python\u2019s, Java\u2019s and C\u2019s SDKs dial 8883 only; Node\u2019s takes another. See docs/clients.md.',
  amqp: 'The hub\u2019s SDKs dial 5671 only; readers of Event Hubs take another. See docs/clients.md.',
  management: '"landfall env" tells where it is.',
}

const reasonOf = ({ code = '', message }: NodeJS.ErrnoException) => reasons[code] ?? message

async function tryPort(server: Server, { host, port }: PortOrder): Promise<number | NodeJS.ErrnoException> {
  try {
    return await listen(server, { host, port })
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}
