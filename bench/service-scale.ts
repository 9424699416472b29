/**
 * Does Landfall answer as fast with a large store as with a small one? Two services in processes of their own, on the
 * stores of store-scale.ts, are asked the same over real sockets: the service API on a connection that is kept, as
 * SDKs do, and whole registrations of X.509 devices, each with a full handshake.
 *
 *   node bench/service-scale.ts [registrations, default 1000000] [--json]
 */
import { makeTemporaryDir } from './child.ts'
import { converse, type ReadyDevice } from './exchange.ts'
import { type Comparison, compare, type Deed, readScaleOptions, report } from './scale/compare.ts'
import { aPlant, aPump, aValve, nameOf } from './scale/rows.ts'
import { devicesOfEachKind, openService, type ServiceWorld } from './scale/service.ts'
import { makeTestCa } from './test-ca.ts'

const pageOf = (items: number) => ({ 'x-ms-max-item-count': String(items) })
const pageAfter = (after: string, items: number) => ({
  ...pageOf(items),
  'x-ms-continuation': Buffer.from(JSON.stringify({ kind: 'Enrollment', after })).toString('base64url'),
})

const requests: Readonly<Record<string, Deed<ServiceWorld>>> = {
  'GET a registration': ({ ask, size }) => ask({ path: `/registrations/${aPump(size)}` }),
  'GET an individual enrollment': ({ ask, size }) => ask({ path: `/enrollments/${aValve(size)}` }),
  'GET a group': ({ ask, size }) => ask({ path: `/enrollmentGroups/${aPlant(size)}` }),
  'GET an enrollment that is not there': ({ ask }, turn) =>
    ask({ path: `/enrollments/${nameOf('none', turn)}`, status: 404 }),
  'page of 100 registrations of a group': ({ ask, size }) =>
    ask({ method: 'POST', path: `/registrations/${aPlant(size)}/query`, headers: pageOf(100), items: 100 }),
  'page of 50 individual enrollments': ({ ask, size }) =>
    ask({ method: 'POST', path: '/enrollments/query', headers: pageAfter(aValve(size), 50), items: 50 }),
}

const registrations: Readonly<Record<string, Deed<ServiceWorld>>> = {
  'a new device registers': (world, turn) => register(world, world.fresh[turn]),
  'a device registers again': (world, turn) => register(world, world.known[turn]),
}

async function register({ devices }: ServiceWorld, device: ReadyDevice | undefined): Promise<void> {
  if (!device) throw new Error('No more devices were issued.')
  await converse(device, devices)
}

/** What V8 compiles while it warms up would be measured otherwise. */
async function warmUp(worlds: readonly ServiceWorld[]): Promise<void> {
  for (const world of worlds)
    for (const deed of Object.values(requests)) for (let turn = 0; turn < 300; turn++) await deed(world, turn)
}

await using closing = new AsyncDisposableStack()
const options = readScaleOptions()
const { path: dir } = closing.use(makeTemporaryDir())
const ca = await makeTestCa(dir)
const small = await openService({ dir, ca, size: options.small, closing })
const large = await openService({ dir, ca, size: options.large, closing })
await warmUp([small, large])
const comparisons: Comparison[] = []
for (const [what, deed] of Object.entries(requests))
  comparisons.push(await compare(what, deed, { small, large }, { turns: 3000, ms: 15_000 }))
for (const [what, deed] of Object.entries(registrations))
  comparisons.push(await compare(what, deed, { small, large }, { turns: devicesOfEachKind, ms: 60_000 }))
console.log(report(comparisons, options))
