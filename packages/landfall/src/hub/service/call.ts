/** What every request to a hub has in common: which hub, whether it may, when, and its parts read. */
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { audited, type OnAudit } from '../../audit/audited.ts'
import type { Actor, Deed } from '../../audit/deed.ts'
import { type HubName, isDeviceId, makeTrackingId, printable, type TrackingId } from '../../ids.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Log } from '../../observe/log.ts'
import { decodedPath } from '../../protocol/decoded-path.ts'
import { readJsonBody } from '../../protocol/http-body.ts'
import type { HubRight } from '../../sas/policy.ts'
import type { Store } from '../../store/store.ts'
import { type Clock, type Instant, machineNow, type Random } from '../../system.ts'
import { type AddressedHub, hubOf } from '../addressed.ts'
import type { DeviceBackEnd } from '../device/back-end.ts'
import type { DeviceHub } from '../device/session.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { invalid } from '../refusal.ts'
import type { Place, Registry, Seen } from '../registry.ts'
import { requireRight } from './access.ts'
import { isByDevice, requireOwner } from './owner.ts'

export interface HubServiceParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Other names this service is reached under; a request for one of them is for the first embedded hub. */
  readonly hosts: readonly string[]
  readonly onAudit?: OnAudit
  readonly devices: DeviceBackEnd & Pick<DeviceHub, 'admit'>
  readonly jobs: Jobs
}

/** A request that found its hub and may go on. */
export interface HubCall {
  readonly hub: HubName
  readonly at: Instant
  readonly actor: Actor
  /** Whatever is changed in it is the caller's. */
  readonly registry: Registry
  readonly devices: DeviceBackEnd
}

const callKey = 'hubCall'
const trackingKey = 'hubTrackingId'
export const requestDecorators = [callKey, trackingKey] as const

export const callOf = (request: FastifyRequest) => request.getDecorator<HubCall>(callKey)

/** The log line and the answer of one refusal carry the same id. */
export function trackingIdOf(request: FastifyRequest, random: Random): TrackingId {
  const known = request.getDecorator<TrackingId | undefined>(trackingKey)
  const trackingId = known ?? makeTrackingId(random)
  request.setDecorator(trackingKey, trackingId)
  return trackingId
}

type Admit = { readonly onRequest: onRequestAsyncHookHandler }

/** By a policy that has the right. */
export const admit = (parts: HubServiceParts, right: HubRight): Admit =>
  admitting(parts, (request, addressed) => policyOf(parts, request, { ...addressed, right }))

/** By such a policy, or the device that the path names, by what it comes in with. */
export const admitOrOwner = (parts: HubServiceParts, right: HubRight): Admit =>
  admitting(parts, async (request, addressed) => {
    if (!isByDevice(request)) return policyOf(parts, request, { ...addressed, right })
    const owner = await requireOwner(parts.devices, request, trackingIdOf(request, parts.random))
    return { kind: 'device', name: owner.deviceId, hub: owner.hub }
  })

type Asked = AddressedHub & { readonly right: HubRight }

function policyOf({ clock }: HubServiceParts, request: FastifyRequest, asked: Asked): Actor {
  const { name } = requireRight(request, { ...asked, at: machineNow(clock) })
  return { kind: 'policy', name, hub: asked.setting.name }
}

type WhoAsks = (request: FastifyRequest, addressed: AddressedHub) => Actor | Promise<Actor>

/** Before the body is read: the hub, the right, the api-version, in this order. */
function admitting(parts: HubServiceParts, whoAsks: WhoAsks): Admit {
  return {
    async onRequest(request: FastifyRequest, _reply: FastifyReply) {
      const at = parts.clock.now()
      const addressed = await hubOf(parts, request.headers.host)
      const actor = await whoAsks(request, addressed)
      refuseWithoutApiVersion(request)
      const deed = deedOf(request, actor, at)
      const store = audited(parts.store, deed, parts.onAudit)
      const registry = { store, random: parts.random }
      request.setDecorator<HubCall>(callKey, {
        hub: addressed.setting.name,
        at,
        actor,
        registry,
        devices: parts.devices,
      })
    },
  }
}

function deedOf({ method, url, ip }: FastifyRequest, actor: Actor, at: Instant): Deed {
  return { actor, at, remoteAddress: ip, request: `${method} ${printable(decodedPath(url), 300)}` }
}

// contract/iot-hub 4.1: any version, but one there must be
export function refuseWithoutApiVersion({ query }: FastifyRequest): void {
  const version = (query as Record<string, unknown>)['api-version']
  if (typeof version === 'string' && /^\d{4}-\d{2}-\d{2}(-preview)?$/i.test(version)) return
  if (version === undefined) throw invalid('The api-version is missing. Add ?api-version=2021-04-12 to the address.')
  throw invalid(`"${printable(String(version), 40)}" is not an api-version. Its form is 2021-04-12.`)
}

/** The device that the path names. */
export function placeOf(request: FastifyRequest): Place {
  const { hub, at } = callOf(request)
  const { id } = request.params as { id: string }
  // contract/iot-hub 4.4
  if (!isDeviceId(id)) throw invalid(illegalId(id))
  return { hub, deviceId: id, at }
}

const legal = "1 to 128 characters of A-Z a-z 0-9 and - : . + % _ # * ? ! ( ) , = @ $ ' or a semicolon"

export const illegalId = (id: string) => `"${printable(id)}" is not a legal device id: ${legal}.`

export const illegalModuleId = (id: string) => `"${printable(id)}" is not a legal module id: ${legal}.`

/** contract/iot-hub 4.7: `*` and `"*"` are alike, and so are `x`, `"x"` and `W/"x"`. */
export function seenOf(request: FastifyRequest): Seen | undefined {
  const header = request.headers['if-match']?.trim()
  if (!header) return
  const etag = header.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
  return etag === '*' ? 'whatever' : { etag }
}

/** The body as it came; undefined where it is empty. Parsed after the right was shown, never before. */
export function bodyOf(request: FastifyRequest): unknown {
  return Buffer.isBuffer(request.body) ? readJsonBody(request.body, request.headers['content-type']) : undefined
}

export function objectBodyOf(request: FastifyRequest): JsonObject {
  const body = bodyOf(request)
  if (isJsonObject(body)) return body
  throw invalid('The request body is to be a JSON object.')
}

export const quotedEtag = (etag: string) => `"${etag}"`
