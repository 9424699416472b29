/** What a route gets to see of a request, and what it gives back. */
import type { FastifyRequest } from 'fastify'
import type { Access } from '../access/access.ts'
import type { NoteRefusal } from '../access/refusals.ts'
import type { Visitor } from '../access/visitor.ts'
import type { InstanceParts } from '../instance/parts.ts'
import type { JsonObject } from '../json.ts'
import type { Log } from '../observe/log.ts'
import type { Operations } from './operations.ts'

export interface ManagementParts extends InstanceParts {
  readonly access: Access
  readonly log: Pick<Log, 'info' | 'error'>
  readonly noteRefusal: NoteRefusal
  readonly fidelity: 'landfall' | 'cloud'
  /** `cloud`: changes are answered with an operation to ask for. */
  readonly pace: 'fast' | 'cloud'
  /** Host, and port where it is not 443; known only once the listeners are open. */
  readonly endpoint: () => string
  /** Where the telemetry of an embedded hub is read. */
  readonly eventHubOf: (hub: string) => EventHub
}

export interface EventHub {
  /** `sb://host[:port]/` */
  readonly endpoint: string
  readonly path: string
  readonly partitionCount: number
  readonly partitionIds: readonly string[]
}

export interface Room extends ManagementParts {
  readonly operations: Operations
}

export interface Call {
  /** Of the path, percent-decoded. */
  readonly params: Readonly<Partial<Record<Parameter, string>>>
  readonly query: Query
  readonly body: unknown
  readonly ifMatch: string | undefined
  readonly apiVersion: string
  /** `https://host:port` as the client calls us. */
  readonly base: string
  readonly visitor: Visitor
}

type Parameter = 'service' | 'policy' | 'certificate' | 'operation' | 'resourceGroup' | 'hub'

export interface Answer {
  /** Absent: 200, or 204 without a body. */
  readonly status?: number
  readonly body?: JsonObject | readonly JsonObject[]
  readonly headers?: Readonly<Record<string, string>>
  readonly warnings?: readonly string[]
}

export type Resource = (call: Call, room: Room) => Promise<Answer>

export type Query = ReadonlyMap<string, string>

/** By names in lower case; of several the first (contract/management 1.4). */
export function readQuery({ query }: Pick<FastifyRequest, 'query'>): Query {
  const entries = Object.entries(query as Record<string, string | string[]>).reverse()
  return new Map(entries.map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? (value[0] ?? '') : value]))
}
