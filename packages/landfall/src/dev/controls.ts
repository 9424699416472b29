/** Under `--dev` only, on the management listener: /clock, /faults, /reset. */
import type { FastifyInstance } from 'fastify'
import { audited, type OnAudit } from '../audit/audited.ts'
import { ownDeed } from '../audit/deed.ts'
import type { HubDevice } from '../hub/device.ts'
import type { Change, Store } from '../store/store.ts'
import type { AdjustableClock } from '../system.ts'
import { type Faults, parseFaultPlan } from './faults.ts'

interface Parts {
  readonly store: Store
  readonly clock: AdjustableClock
  readonly faults: Faults
  readonly onAudit: OnAudit
}

export function devControls(app: FastifyInstance, { store, clock, faults, onAudit }: Parts): void {
  const now = () => ({ now: new Date(clock.now()).toISOString() })
  app.get('/clock', async () => now())
  app.put('/clock', async (request, reply) => {
    const at = Date.parse(String((request.body as { now?: unknown } | null)?.now))
    if (Number.isNaN(at)) return reply.code(400).send({ message: 'Send {"now":"2027-01-01T00:00:00Z"}.' })
    clock.set(at)
    return now()
  })
  app.get('/faults', async () => faults.plan)
  app.put('/faults', async (request, reply) => {
    const plan = parseFaultPlan(request.body)
    if (typeof plan === 'string') return reply.code(400).send({ message: plan })
    faults.plan = plan
    return plan
  })
  app.post('/reset', async () => {
    faults.plan = {}
    return { removed: await reset(audited(store, ownDeed('POST /reset', clock), onAudit)) }
  })
}

const page = { limit: 500 }

/** Removes enrollments, records and devices; credentials, hubs and CA certificates stay. */
async function reset(store: Store): Promise<number> {
  const hubs = (await store.settings())?.hubs.filter(({ kind }) => kind === 'embedded') ?? []
  const counts = [
    await drain(
      store,
      () => store.registrations(page),
      ({ key }) => ({ delete: 'registration', key, expect: 'any' }),
    ),
    await drain(
      store,
      () => store.individuals(page),
      ({ key }) => ({ delete: 'individual', key, expect: 'any' }),
    ),
    await drain(
      store,
      () => store.groups(page),
      ({ key }) => ({ delete: 'group', key, expect: 'any' }),
    ),
  ]
  for (const { name: hub } of hubs) {
    const removal = ({ deviceId }: HubDevice): Change => ({ delete: 'device', hub, deviceId, expect: 'any' })
    counts.push(await drain(store, () => store.devices(hub, page), removal))
  }
  return counts.reduce((sum, count) => sum + count, 0)
}

async function drain<Item>(
  store: Store,
  read: () => Promise<{ readonly items: readonly Item[] }>,
  removal: (item: Item) => Change,
): Promise<number> {
  let removed = 0
  for (;;) {
    const { items } = await read()
    if (items.length === 0) return removed
    await store.commit(items.map(removal))
    removed += items.length
  }
}
