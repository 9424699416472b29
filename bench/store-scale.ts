/**
 * Does a large store answer as fast as a small one? Builds one with 1,000 registrations, 100 individual enrollments
 * and 10 groups, and one a thousand times larger, and asks both the same.
 *
 *   node bench/store-scale.ts [registrations, default 1000000]
 *
 * The rows are inserted directly and in order of their keys, since a million commits would take minutes; what is
 * measured goes through the store. Every group has the same certificate with a thumbprint and a name hash of its own:
 * the store never parses what it reads.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  certificate,
  device,
  type etag,
  group,
  groupKey,
  hubName,
  individual,
  member,
  registrationKey,
  type StoredCertificate,
  signedBy,
  twin,
} from '../packages/landfall/src/store/contract/samples.ts'
import { openSqlite } from '../packages/landfall/src/store/sqlite/open.ts'
import {
  groupShape,
  individualShape,
  registrationShape,
  type Shape,
} from '../packages/landfall/src/store/sqlite/shapes.ts'
import type { Change, Condition, Store } from '../packages/landfall/src/store/store.ts'
import { realSystem } from '../packages/landfall/src/system.ts'

interface Size {
  readonly registrations: number
  readonly individuals: number
  readonly groups: number
}

const { clock, timers } = realSystem()
const mostMs = 3000

const name = (kind: string, index: number) => `${kind}-${String(index).padStart(8, '0')}`
const hex = (index: number) => index.toString(16).toUpperCase().padStart(64, '0')
const any = (count: number) => Math.floor(Math.random() * count)

/** One of a hundred failed, so that the small store has ten as well; one of ten is on the second hub. */
function registrationAt(index: number, groups: number) {
  if (index % 100 === 99)
    return member(name('pump', index), name('plant', index % groups), { status: 'failed', assignedHub: undefined })
  const hub = hubName(index % 10 === 0 ? 'second.example' : 'localhost')
  return member(name('pump', index), name('plant', index % groups), { assignedHub: hub })
}

async function build(path: string, size: Size): Promise<void> {
  await (await openSqlite({ path, clock, timers })).close()
  const issuer = await certificate('Plant root')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN')
  insertAll(database, registrationShape, size.registrations, (index) => registrationAt(index, size.groups))
  insertAll(database, individualShape, size.individuals, (index) => individual(name('valve', index)))
  insertAll(database, groupShape, size.groups, (index) =>
    group(name('plant', index), { attestation: signedBy(issuer) }),
  )
  insertCertificates(database, size.groups, issuer)
  database.exec('COMMIT')
  database.close()
}

function insertAll<Value extends { readonly etag: ReturnType<typeof etag> }>(
  database: DatabaseSync,
  shape: Shape<Value>,
  count: number,
  make: (index: number) => Value,
): void {
  const columns = [...shape.key, 'etag', ...shape.columns, 'document']
  const insert = database.prepare(
    `INSERT INTO ${shape.table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  for (let index = 0; index < count; index++) {
    const value = make(index)
    insert.run(...shape.keyOf(value), value.etag, ...shape.columnsOf(value), JSON.stringify(value))
  }
}

function insertCertificates(database: DatabaseSync, groups: number, { der }: StoredCertificate): void {
  const insert = database.prepare('INSERT INTO group_certificates VALUES (?, ?, ?, ?)')
  for (let index = 0; index < groups; index++) {
    insert.run(groupKey(name('plant', index)), hex(index), hex(index).toLowerCase(), der)
  }
}

type Deed = (store: Store, size: Size, turn: number) => Promise<unknown>

const failed: Condition = { field: 'status', equals: 'failed' }
const narrow: Condition = {
  and: [
    { field: 'hub', startsWith: 'second' },
    { field: 'id', startsWith: 'pump-0000' },
  ],
}
const either: Condition = { or: [failed, { field: 'id', startsWith: 'pump-000000' }] }
const aPlant = ({ groups }: Size) => groupKey(name('plant', any(groups)))
const aPump = ({ registrations }: Size) => registrationKey(name('pump', any(registrations * 0.9)))

/** Ids in no order, as devices come. */
function arrival(turn: number, index: number): readonly Change[] {
  const id = `new-${((turn * 16 + index) * 2654435761) % 4294967296}-${turn}`
  return [
    { put: 'registration', value: member(id, name('plant', 1)), expect: 'any' },
    { put: 'device', value: device(id), expect: 'any' },
    { put: 'twin', value: twin(id), expect: 'any' },
  ]
}

const deeds: Readonly<Record<string, Deed>> = {
  'registration by id': (store, size) => store.registration(aPump(size)),
  'individual enrollment by id': (store, size) =>
    store.individual(registrationKey(name('valve', any(size.individuals)))),
  'individual enrollment that is not there': (store, _, turn) => store.individual(registrationKey(name('none', turn))),
  'group by id': (store, size) => store.group(aPlant(size)),
  'issuers of a chain of three': (store, { groups }, turn) =>
    store.issuerCertificates({
      thumbprints: [hex(any(groups)), hex(groups + turn), hex(groups + turn + 1)],
      subjectHashes: [hex(any(groups)).toLowerCase(), hex(groups + turn).toLowerCase()],
    }),
  '100 registrations from anywhere': (store, size) => store.registrations({ limit: 100, after: aPump(size) }),
  '100 registrations of a group': (store, size) => store.registrations({ limit: 100, group: aPlant(size) }),
  '50 individual enrollments': (store, size) =>
    store.individuals({ limit: 50, after: registrationKey(name('valve', any(size.individuals / 2))) }),
  'failed registrations, first 10': (store) => store.registrations({ limit: 10, where: failed }),
  'on a hub and with a prefix, first 10': (store) => store.registrations({ limit: 10, where: narrow }),
  'failed or with a prefix, first 10': (store) => store.registrations({ limit: 10, where: either }),
  counts: (store) => store.counts(),
  'commit of a new device (record, identity, twin)': (store, _, turn) => store.commit(arrival(turn, 0)),
  '16 of these at once': (store, _, turn) =>
    Promise.all(Array.from({ length: 16 }, (__, index) => store.commit(arrival(turn + 1_000_000, index)))),
  'commit of a device that registers again': (store, { registrations, groups }, turn) =>
    store.commit([
      // a new instant each time: SQLite does not write what is there already
      {
        put: 'registration',
        value: { ...registrationAt(any(registrations), groups), updatedAt: turn },
        expect: 'present',
      },
    ]),
}

interface World {
  readonly size: Size
  readonly store: Store
}

interface Timing {
  readonly median: number
  readonly p99: number
}

async function makeWorld(directory: string, size: Size): Promise<World> {
  const path = join(directory, `${size.registrations}.db`)
  await build(path, size)
  return { size, store: await openSqlite({ path, clock, timers }) }
}

/** In turns, so that whatever else the machine does meets both. */
async function compare(deed: Deed, worlds: readonly World[]): Promise<readonly Timing[]> {
  const micros: readonly number[][] = worlds.map(() => [])
  const end = performance.now() + mostMs
  for (let turn = 0; turn < 2000 && performance.now() < end; turn++) {
    for (const [index, { store, size }] of worlds.entries()) {
      const begin = performance.now()
      await deed(store, size, turn)
      micros[index]?.push((performance.now() - begin) * 1000)
    }
  }
  return micros.map(timingOf)
}

/** Without the first tenth, which warms the caches of both. */
function timingOf(micros: readonly number[]): Timing {
  const sorted = micros.slice(Math.floor(micros.length / 10)).toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return { median: at(0.5), p99: at(0.99) }
}

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

const cell = ({ median, p99 }: Timing) => `${median.toFixed(0)} (${p99.toFixed(0)})`

const registrations = Number(process.argv[2] ?? 1_000_000)
const directory = mkdtempSync(join(tmpdir(), 'landfall-scale-'))
try {
  const small = await makeWorld(directory, { registrations: 1000, individuals: 100, groups: 10 })
  const large = await makeWorld(directory, {
    registrations,
    individuals: registrations / 10,
    groups: registrations / 100,
  })
  row('microseconds: median (p99)', 'of 1,000', `of ${registrations.toLocaleString('en')}`, 'ratio of medians')
  row('---', '---:', '---:', '---:')
  for (const [what, deed] of Object.entries(deeds)) {
    const [one, other] = await compare(deed, [small, large])
    if (one && other) row(what, cell(one), cell(other), (other.median / one.median).toFixed(2))
  }
  await Promise.all([small.store.close(), large.store.close()])
} finally {
  rmSync(directory, { recursive: true })
}
