/** What a list of changes changes, as entries: what stands there is read, and held fast by its etag. */
import type { HubTwin } from '../hub/device.ts'
import type { HubModuleTwin, ModulePlace } from '../hub/module.ts'
import type { Etag, HubName } from '../ids.ts'
import { type Change, Conflict, type Store, type TwinExpect } from '../store/store.ts'
import type { Deed } from './deed.ts'
import type { AuditEntry } from './entry.ts'
import { type HideSecrets, makeHideSecrets } from './secrets.ts'
import { shortened } from './shorten.ts'
import { type Stored, type Thing, type Told, thingAt, thingOf } from './things.ts'

export interface Prepared {
  /** The changes, each under the etag of what was read, so that nothing slips in between. */
  readonly changes: readonly Change[]
  readonly entries: readonly AuditEntry[]
}

export async function prepare(changes: readonly Change[], store: Store, deed: Deed): Promise<Prepared> {
  const list = new List(store)
  for (const change of changes) await list.add(change)
  if (list.told.length === 0) return { changes: list.held, entries: [] }
  const hide = makeHideSecrets(await store.auditKey())
  return { changes: list.held, entries: list.told.map((each) => entryOf(each, deed, hide)) }
}

/** The changes of one list, in turn: a thing stands as the change before has left it. */
class List {
  readonly held: Change[] = []
  readonly told: Told[] = []
  readonly #store: Store
  readonly #there = new Map<string, Stored | undefined>()

  constructor(store: Store) {
    this.#store = store
  }

  async add(change: Change): Promise<void> {
    const thing = thingOf(change)
    if (thing) {
      const isFirst = !this.#there.has(nameOf(thing))
      const before = await this.#leave(thing, afterwards(change))
      if ('delete' in change && change.delete === 'device') await this.#addBelongings(change)
      if ('delete' in change && change.delete === 'module') await this.#addModuleTwin(change)
      this.held.push(isFirst ? held(change, before, thing) : change)
    } else {
      if ('delete' in change && change.delete === 'hub') await this.#addHub(change.hub)
      this.held.push(change)
    }
  }

  /** What was there before. */
  async #leave(thing: Thing, after: Stored | undefined): Promise<Stored | undefined> {
    const name = nameOf(thing)
    const before = this.#there.has(name) ? this.#there.get(name) : await thing.read(this.#store)
    this.#there.set(name, after)
    this.told.push(...thing.tell(before, after))
    return before
  }

  /** Its twin, its modules and theirs, each held fast. */
  async #addBelongings(device: Pick<ModulePlace, 'hub' | 'deviceId'>): Promise<void> {
    await this.#addTwin(thingAt('twin', device))
    for (const value of await this.#store.modules(device.hub, device.deviceId)) {
      const module = thingAt('module', value)
      const isFirst = !this.#there.has(nameOf(module))
      await this.#leave(module, undefined)
      if (isFirst) this.held.push({ put: 'module', value, expect: { etag: value.etag } })
      await this.#addModuleTwin(value)
    }
  }

  async #addModuleTwin(place: ModulePlace): Promise<void> {
    const thing = thingAt('moduleTwin', place)
    const isFirst = !this.#there.has(nameOf(thing))
    const before = (await this.#leave(thing, undefined)) as HubModuleTwin | undefined
    if (isFirst && before) this.held.push({ put: 'moduleTwin', value: before, expect: { etag: before.etag } })
  }

  /** It goes with its device, under no expectation of its own: it is written as it was read, which holds it fast. */
  async #addTwin(thing: Thing): Promise<void> {
    const isFirst = !this.#there.has(nameOf(thing))
    const before = (await this.#leave(thing, undefined)) as HubTwin | undefined
    if (isFirst && before) this.held.push({ put: 'twin', value: before, expect: { etag: before.etag } })
  }

  /** Its devices go with it, as many as they are: their number is told, and that of a moment before. */
  async #addHub(hub: HubName): Promise<void> {
    const { total: devices } = await this.#store.deviceCounts(hub)
    const index = this.told.findIndex(({ target }) => target.kind === 'hub' && target.id === hub)
    const known = this.told[index]
    if (known) this.told[index] = { ...known, before: { ...known.before, devices } }
    else this.told.push({ target: { kind: 'hub', id: hub }, before: { devices } })
  }
}

const afterwards = (change: Change): Stored | undefined =>
  'put' in change && change.put !== 'operation' ? change.value : undefined

const nameOf = ({ kind, key }: Thing) => `${kind} ${key}`

function held(change: Change, before: Stored | undefined, thing: Thing): Change {
  if (!('expect' in change)) return change
  return { ...change, expect: expectationOf(change.expect, before?.etag, thing) } as Change
}

function expectationOf(expect: TwinExpect, found: Etag | undefined, { kind, key }: Thing): TwinExpect {
  if (typeof expect === 'object' || expect === 'absent') return expect
  if (found !== undefined) return { etag: found }
  if (expect === 'present') throw new Conflict(kind, key, undefined)
  return 'absent'
}

function entryOf({ target, before, after }: Told, deed: Deed, hide: HideSecrets): AuditEntry {
  return shortened({
    ...deed,
    action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update',
    target,
    before: before && hide(before),
    after: after && hide(after),
  })
}
