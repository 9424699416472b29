/** A world whose lists hold nothing, one thing, or as many as nobody scrolls through: written before the service starts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill } from '../../../../bench/scale/build.ts'
import { nameOf } from '../../../../bench/scale/rows.ts'
import type { AuditEntry } from '../../src/audit/entry.ts'
import type { ConnectionFile } from '../../src/connection-file.ts'
import { attempt, ca, certificate, registrationKey } from '../../src/store/contract/samples.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { type Instant, realSystem } from '../../src/system.ts'
import { startWorld } from '../world.ts'

/** What each list begins with. */
export const first = {
  group: nameOf('plant', 0),
  individual: nameOf('valve', 0),
  registration: nameOf('pump', 0),
  certificate: 'Plant-1',
} as const

export interface Filled extends AsyncDisposable {
  readonly connection: ConnectionFile
}

export async function startFilled(count: number): Promise<Filled> {
  const dataDir = mkdtempSync(join(tmpdir(), 'landfall-many-'))
  if (count > 0) await write(join(dataDir, 'landfall.db'), count)
  const world = await startWorld({ config: { dataDir } })
  return {
    connection: world.connection,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function write(path: string, count: number): Promise<void> {
  const { clock, timers } = realSystem()
  const store = await openSqlite({ path, clock, timers })
  const issuer = await certificate('Plant')
  for (let nth = 1; nth <= Math.min(count, 3); nth++)
    await store.commit([{ put: 'caCertificate', value: ca(`Plant-${nth}`, issuer), expect: 'absent' }])
  await log(count, clock.now(), (entries) => store.commit(entries.map((entry) => ({ append: 'audit', entry }))))
  for (let nth = 0; nth < Math.min(count, 50); nth++) store.note(attemptAt(nth, clock.now()))
  await store.close()
  await fill(path, { registrations: count, individuals: count, groups: count })
}

/** As many as the log keeps, in batches that are written at once. */
async function log(count: number, at: Instant, append: (entries: readonly AuditEntry[]) => Promise<void>) {
  const batch = 5000
  for (let from = 0; from < count; from += batch) {
    const length = Math.min(batch, count - from)
    await append(Array.from({ length }, (_, index) => entryAt(from + index, at - (count - from - index) * 1000)))
  }
}

const entryAt = (index: number, at: Instant): AuditEntry => ({
  at,
  actor: { kind: 'policy', name: 'provisioningserviceowner' },
  remoteAddress: '127.0.0.1',
  request: `PUT /enrollmentGroups/${nameOf('plant', index)}`,
  action: 'create',
  target: { kind: 'group', id: nameOf('plant', index) },
  after: { enrollmentGroupId: nameOf('plant', index), provisioningStatus: 'enabled' },
})

const attemptAt = (index: number, at: Instant) =>
  attempt(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, {
    at: at - index * 1000,
    registrationId: nameOf('pump', index),
    key: registrationKey(nameOf('pump', index)),
    outcome: 'assigned',
    enrollment: { kind: 'group', id: nameOf('plant', index) },
  })
