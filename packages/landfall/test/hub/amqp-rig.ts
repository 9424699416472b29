/** A back end without an SDK: an AMQP connection to a hub, tokens, and what comes back. */
import { readFileSync } from 'node:fs'
import rhea, { type Connection, type EventContext, type Message, type Receiver } from 'rhea'
import { makeToken } from '../../src/sas/token.ts'
import type { World } from '../world.ts'

export const next = (
  emitter: { once(event: string, listener: (context: EventContext) => void): unknown },
  event: string,
): Promise<EventContext> => new Promise((resolve) => emitter.once(event, resolve))

/** A service that may be another process. */
type Dialled = Pick<World, 'host' | 'connection'>

export function dialAmqp(world: Dialled, options: object = {}): Connection {
  const container = rhea.create_container({ id: 'back end' })
  for (const event of ['error', 'disconnected']) container.on(event, () => {})
  return container.connect({
    transport: 'tls',
    host: world.host,
    hostname: world.host,
    servername: '',
    port: world.connection.ports.amqp,
    ca: readFileSync(world.connection.rootCaPath),
    reconnect: false,
    ...options,
  })
}

export interface TokenOrder {
  /** Absent: the hub itself. */
  readonly resource?: string
  readonly policy?: 'service' | 'iothubowner'
  readonly expiry?: number
}

/** Those whose keys the service tells: the owner, who may do anything, and the one that reads. */
export function tokenOf(world: Dialled, { resource, policy = 'service', expiry }: TokenOrder = {}): string {
  const { hubConnectionString, eventHubConnectionString } = world.connection
  const text = policy === 'service' ? eventHubConnectionString : hubConnectionString
  const key = /SharedAccessKey=([^;]+)/.exec(text)?.[1] ?? ''
  return makeToken({
    resource: resource ?? world.host,
    key,
    policyName: policy,
    expiry: expiry ?? Date.now() + 3_600_000,
  })
}

/** Asks a node of requests; resolves to its answer. */
export async function ask(connection: Connection, node: string, request: object): Promise<Message> {
  const receiver = connection.open_receiver(node)
  await next(receiver, 'receiver_open')
  const sender = connection.open_sender(node)
  await next(sender, 'sendable')
  const answer = next(receiver, 'message')
  sender.send({ message_id: 7, ...request } as never)
  const { message } = await answer
  receiver.close()
  sender.close()
  return message as Message
}

export async function putToken(connection: Connection, token: string): Promise<Message> {
  return ask(connection, '$cbs', {
    application_properties: { operation: 'put-token', type: 'servicebus.windows.net:sastoken', name: 'whatever' },
    body: token,
  })
}

/** An open connection that may do what the policy may. */
export async function dialAs(world: Dialled, order: TokenOrder = {}): Promise<Connection> {
  const connection = dialAmqp(world)
  await putToken(connection, tokenOf(world, order))
  return connection
}

export interface Refused {
  readonly condition: string
  readonly description: string
  readonly info?: Readonly<Record<string, unknown>>
}

/** What a link was refused with, or ended with. */
export async function refusalOf(link: ReturnType<Connection['open_sender']> | Receiver): Promise<Refused> {
  await next(link, link.is_receiver() ? 'receiver_error' : 'sender_error')
  return link.error as unknown as Refused
}

export const startAt = (text: string) => ({
  'apache.org:selector-filter:string': rhea.types.wrap_described(text, 0x468c00000004),
})

export const readerOf = (connection: Connection, partition: number, more: object = {}, filter?: object): Receiver =>
  connection.open_receiver({
    credit_window: 100,
    ...more,
    source: { address: `messages/events/ConsumerGroups/$Default/Partitions/${partition}`, filter } as never,
  })
