/** Landfall's own profile under full load: which functions, and which rooms, the time of its main thread goes to. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { table } from './figures.ts'
import { enroll, startLandfall } from './landfall.ts'
import type { Load } from './load.ts'
import type { Plan } from './measure.ts'
import type { TestCa } from './test-ca.ts'

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface Cost {
  readonly name: string
  readonly micros: number
}

/** Over HTTPS, then over MQTT, each from a fresh start. */
export async function profileLandfall(bench: {
  readonly dir: string
  readonly ca: TestCa
  readonly load: Load
  readonly plan: Plan
}): Promise<string> {
  const https = await profileOne(bench, 'https')
  const mqtt = await profileOne(bench, 'mqtt-register')
  return `HTTPS\n\n${https}\n\nMQTT\n\n${mqtt}`
}

async function profileOne(
  { dir, ca, load, plan }: Parameters<typeof profileLandfall>[0],
  talk: 'https' | 'mqtt-register',
): Promise<string> {
  const home = join(dir, `profile-${talk}`)
  const landfall = await startLandfall(home, ['--cpu-prof', `--cpu-prof-dir=${home}`, '--cpu-prof-interval=500'])
  const { ports, idScope } = landfall.connection
  try {
    await enroll(landfall, ca)
    await load.prepare(plan.count)
    const address = { port: talk === 'https' ? ports.https : ports.mqtt, talk, idScope }
    const { errors } = await load.run(address, { kind: 'full', atOnce: plan.concurrency })
    if (errors.length > 0) throw new Error(`Registrations went wrong. ${errors[0]}`)
  } finally {
    // the profile is written as it ends
    await landfall.child[Symbol.asyncDispose]()
  }
  const file = readdirSync(home).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error('Landfall left no profile: it did not end in peace.')
  return profileTables(JSON.parse(readFileSync(join(home, file), 'utf8')) as Profile, plan.count)
}

export function profileTables(profile: Profile, registrations: number): string {
  const rows = (costs: readonly Cost[], most: number) =>
    costs.slice(0, most).map(({ name, micros }) => [name, (micros / registrations).toFixed(1)])
  const byFunction = costsBy(profile, ({ functionName, url, lineNumber }) =>
    `${functionName || '(anonymous)'} ${shortOf(url)}:${lineNumber + 1}`.replace(/ :0$/, ''),
  )
  const byRoom = costsBy(profile, ({ functionName, url }) => (url === '' ? functionName : roomOf(url)))
  return [
    table(['function, itself', 'µs each'], rows(byFunction, 40)),
    table(['room', 'µs each'], rows(byRoom, 25)),
  ].join('\n\n')
}

type Frame = Profile['nodes'][number]['callFrame']

/** Time at the top of the stack, added up by what a frame is called; the costliest first. */
export function costsBy({ nodes, samples, timeDeltas }: Profile, nameOf: (frame: Frame) => string): readonly Cost[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const spent = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    if (!idle.has(name)) spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return [...spent].map(([name, micros]) => ({ name, micros })).sort((a, b) => b.micros - a.micros)
}

const idle = new Set(['(idle)', '(root)'])

const shortOf = (url: string) => url.replace(/^.*\/(?=(packages|node_modules)\/)/, '')

/** `landfall/src/x509`, `node_modules/fastify`, `node:internal/tls`. */
function roomOf(url: string): string {
  const own = /packages\/([^/]+\/src\/[^/]+)/.exec(url)?.[1]
  const foreign = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  return own ?? (foreign === undefined ? url : `node_modules/${foreign}`)
}
