/**
 * Does a large store answer as fast as a small one? Builds one with 1,000 registrations, 100 individual enrollments
 * and 10 groups, and one a thousand times larger, and asks both the same.
 *
 *   node bench/store-scale.ts [registrations, default 1000000] [--json]
 */
import { join } from 'node:path'
import { registrationKey } from '../packages/landfall/src/store/contract/samples.ts'
import { openSqlite } from '../packages/landfall/src/store/sqlite/open.ts'
import type { Change, Condition, Store } from '../packages/landfall/src/store/store.ts'
import { realSystem } from '../packages/landfall/src/system.ts'
import { makeTemporaryDir } from './child.ts'
import { fill, subjectHashAt, thumbprintAt } from './scale/build.ts'
import { type Comparison, compare, type Deed, readScaleOptions, report } from './scale/compare.ts'
import {
  any,
  aPlant,
  aPump,
  aValve,
  deviceOf,
  nameOf,
  newPump,
  registered,
  registrationAt,
  type Size,
  twinOf,
} from './scale/rows.ts'

interface World {
  readonly size: Size
  readonly store: Store
}

const { clock, timers } = realSystem()

const failed: Condition = { field: 'status', equals: 'failed' }
const narrow: Condition = {
  and: [
    { field: 'hub', startsWith: 'second' },
    { field: 'id', startsWith: 'pump-0000' },
  ],
}
const either: Condition = { or: [failed, { field: 'id', startsWith: 'pump-000000' }] }

function arrival(size: Size, turn: number): readonly Change[] {
  const id = newPump(size, turn)
  return [
    { put: 'registration', value: registered(id, nameOf('plant', any(size.groups))), expect: 'any' },
    { put: 'device', value: deviceOf(id), expect: 'any' },
    { put: 'twin', value: twinOf(id), expect: 'any' },
  ]
}

const deeds: Readonly<Record<string, Deed<World>>> = {
  'registration by id': ({ store, size }) => store.registration(aPump(size)),
  'individual enrollment by id': ({ store, size }) => store.individual(aValve(size)),
  'individual enrollment that is not there': ({ store }, turn) =>
    store.individual(registrationKey(nameOf('none', turn))),
  'group by id': ({ store, size }) => store.group(aPlant(size)),
  'issuers of a chain of three': ({ store, size: { groups } }, turn) =>
    store.issuerCertificates({
      thumbprints: [any(groups), groups + turn, groups + turn + 1].map(thumbprintAt),
      subjectHashes: [any(groups), groups + turn].map(subjectHashAt),
    }),
  '100 registrations from anywhere': ({ store, size }) => store.registrations({ limit: 100, after: aPump(size) }),
  '100 registrations of a group': ({ store, size }) => store.registrations({ limit: 100, group: aPlant(size) }),
  '50 individual enrollments': ({ store, size }) => store.individuals({ limit: 50, after: aValve(size) }),
  'failed registrations, first 10': ({ store }) => store.registrations({ limit: 10, where: failed }),
  'on a hub and with a prefix, first 10': ({ store }) => store.registrations({ limit: 10, where: narrow }),
  'failed or with a prefix, first 10': ({ store }) => store.registrations({ limit: 10, where: either }),
  counts: ({ store }) => store.counts(),
  'commit of a new device (record, identity, twin)': ({ store, size }, turn) => store.commit(arrival(size, turn)),
  '16 of these at once': ({ store, size }, turn) =>
    Promise.all(Array.from({ length: 16 }, (_, index) => store.commit(arrival(size, 1_000_000 + turn * 16 + index)))),
  'commit of a device that registers again': ({ store, size }, turn) =>
    store.commit([
      // a new instant each time: SQLite does not write what is there already
      {
        put: 'registration',
        value: { ...registrationAt(any(size.registrations), size), updatedAt: turn },
        expect: 'present',
      },
    ]),
}

async function openFilled(directory: string, size: Size): Promise<World> {
  const path = join(directory, `${size.registrations}.db`)
  await (await openSqlite({ path, clock, timers })).close()
  await fill(path, size)
  return { size, store: await openSqlite({ path, clock, timers }) }
}

const options = readScaleOptions()
using directory = makeTemporaryDir()
const small = await openFilled(directory.path, options.small)
const large = await openFilled(directory.path, options.large)
const comparisons: Comparison[] = []
for (const [what, deed] of Object.entries(deeds))
  comparisons.push(await compare(what, deed, { small, large }, { turns: 2000, ms: 3000 }))
await Promise.all([small.store.close(), large.store.close()])
console.log(report(comparisons, options))
