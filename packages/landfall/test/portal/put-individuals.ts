/** A store with as many enrollments as a large fleet has, put there while the service is down. */
import { join } from 'node:path'
import { individual, start } from '../../src/store/contract/samples.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Change } from '../../src/store/store.ts'
import { realTimers } from '../../src/system.ts'
import type { World } from '../world.ts'

const atOnce = 10_000

/** `pump-000000` and on, each made a millisecond after the one before. */
export async function putIndividuals(world: World, count: number): Promise<void> {
  await world.restart(async () => {
    const path = join(world.dir, 'landfall.db')
    await using store = await openSqlite({ path, clock: world.clock, timers: realTimers })
    for (let from = 0; from < count; from += atOnce) {
      const indexes = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index)
      await store.commit(indexes.map(putPump))
    }
  })
}

function putPump(index: number): Change {
  const id = `pump-${String(index).padStart(6, '0')}`
  return {
    put: 'individual',
    value: individual(id, { createdAt: start + index, updatedAt: start + index }),
    expect: 'any',
  }
}
