/** `POST /landfall/hubs/preview`: what a change of hubs, weights or policy would move (contract/semantics 19.17). */
import type { FastifyInstance } from 'fastify'
import type { Enrollment } from '../enrollment/enrollment.ts'
import { ProvisioningError } from '../fault.ts'
import { hubNameOf } from '../ids.ts'
import { readSettings } from '../instance/change-settings.ts'
import { parseHubName } from '../instance/hubs.ts'
import { type Landscape, makeTally } from '../registration/allocate/preview.ts'
import type { Registration } from '../registration/record.ts'
import type { Settings } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { OperatorParts } from './parts.ts'

interface ProposedHub {
  readonly name: string
  readonly weight?: number
  readonly applyAllocationPolicy?: boolean
  readonly linked?: boolean
}

interface Proposal {
  readonly hubs: readonly ProposedHub[]
  readonly allocationPolicy?: Settings['allocationPolicy']
}

const proposal = {
  type: 'object',
  properties: {
    hubs: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', maxLength: 253 },
          // contract/management 4.5
          weight: { type: 'integer', minimum: 1, maximum: 1000 },
          applyAllocationPolicy: { type: 'boolean' },
          linked: { type: 'boolean' },
        },
        required: ['name'],
        additionalProperties: false,
      },
    },
    allocationPolicy: { enum: ['hashed', 'geoLatency', 'static'] },
  },
  required: ['hubs'],
  additionalProperties: false,
}

/** Enough for a tenth of a percent. */
const mostSampled = 10_000
const pageLimit = 250
/** Of a device and a hub: a second's work in all, and some milliseconds before others get their turn. */
const mostCompared = { inAll: 1_000_000, atOnce: 20_000 } as const

export function hubPreviewRoutes(app: FastifyInstance, parts: OperatorParts): void {
  app.post<{ Body: Proposal }>(
    '/hubs/preview',
    { schema: { body: proposal }, config: { permission: 'ManagementRead' } },
    async ({ body }) => {
      const settings = await readSettings(parts)
      const before = landscapeOf(settings)
      const after = proposed(body, settings)
      const tally = makeTally(before, after)
      const hubs = before.hubs.length + after.hubs.length
      await sample(hubs, parts, (registration, enrollment) => tally.add(registration, enrollment))
      const { sampled, moved, byHub } = tally.result()
      const named = [...byHub].flatMap(([name, counts]) => (name === undefined ? [] : [{ name, ...counts }]))
      return { sampled, moved, byHub: named, unassigned: byHub.get(undefined) ?? { before: 0, after: 0 } }
    },
  )
}

function landscapeOf({ hubs, allocationPolicy }: Settings): Landscape {
  const linked = hubs.filter((hub) => hub.linked)
  return {
    hubs: linked.map(({ name, allocationWeight: weight = 1, applyAllocationPolicy = true }) => ({
      name,
      weight,
      applyAllocationPolicy,
    })),
    defaultPolicy: allocationPolicy,
  }
}

/** All hubs as they would be; what is left out is as if it were unlinked. */
function proposed({ hubs, allocationPolicy }: Proposal, settings: Settings): Landscape {
  const names = new Set(hubs.map(({ name }) => hubNameOf(name)))
  if (names.size < hubs.length) throw new ProvisioningError('invalid', { message: 'A hub is named twice.' })
  return {
    hubs: hubs
      .filter(({ linked = true }) => linked)
      .map(({ name, weight = 1, applyAllocationPolicy = true }) => ({
        name: parseHubName(name),
        weight,
        applyAllocationPolicy,
      })),
    defaultPolicy: allocationPolicy ?? settings.allocationPolicy,
  }
}

/** The first by id, which says nothing of the hub; records whose enrollment is gone are passed over. */
async function sample(
  hubs: number,
  { store, timers }: OperatorParts,
  take: (registration: Registration, enrollment: Enrollment) => void,
): Promise<void> {
  const enrollmentOf = enrollments(store)
  const most = Math.min(mostSampled, Math.ceil(mostCompared.inAll / Math.max(1, hubs)))
  const limit = Math.min(pageLimit, Math.ceil(mostCompared.atOnce / Math.max(1, hubs)))
  let after: Registration['key'] | undefined
  for (let seen = 0; seen < most; ) {
    const page = await store.registrations({ after, limit: Math.min(limit, most - seen) })
    for (const registration of page.items) {
      const enrollment = await enrollmentOf(registration)
      if (enrollment) take(registration, enrollment)
    }
    seen += page.items.length
    after = page.next
    if (after === undefined) return
    await timers.sleep(0) // others get their turn
  }
}

/** Groups are asked for once. */
function enrollments(store: Store) {
  const groups = new Map<string, Enrollment | undefined>()
  return async ({ key, group }: Registration): Promise<Enrollment | undefined> => {
    if (!group) return store.individual(key)
    if (!groups.has(group.key)) groups.set(group.key, await store.group(group.key))
    return groups.get(group.key)
  }
}
