/** Everything that gets the load, each in its own process on a free port of loopback. */
import { join } from 'node:path'
import type { Child } from './child.ts'
import { enroll, idleMiBOf, startLandfall } from './landfall.ts'
import type { Target } from './measure.ts'
import type { TargetName } from './options.ts'
import { startMosquitto, startNginx } from './peers.ts'
import type { TestCa } from './test-ca.ts'

export interface TargetOrder {
  readonly wanted: readonly TargetName[]
  readonly dir: string
  readonly ca: TestCa
  readonly closing: AsyncDisposableStack
  readonly say: (line: string) => void
}

/** In the order in which they are wanted. */
export async function openTargets(order: TargetOrder): Promise<readonly Target[]> {
  const { wanted } = order
  const opened = [
    ...(wanted.includes('nginx') ? [await openNginx(order)] : []),
    ...(wanted.includes('mosquitto') ? [await openMosquitto(order)] : []),
    ...(wanted.some((name) => name.startsWith('landfall')) ? await openLandfall(order) : []),
  ]
  return wanted.flatMap((name) => opened.filter((target) => target.name === name))
}

async function openNginx({ dir, ca, closing, say }: TargetOrder): Promise<Target> {
  const { child, port, version } = await startNginx(dir, ca)
  closing.use(child)
  say(version)
  return { name: 'nginx', address: { port, talk: 'https', idScope: 'bench' }, ...(await idleOf(child)) }
}

async function openMosquitto({ dir, ca, closing, say }: TargetOrder): Promise<Target> {
  const { child, port, version } = await startMosquitto(dir, ca)
  closing.use(child)
  say(version)
  return { name: 'mosquitto', address: { port, talk: 'mqtt-publish', idScope: 'bench' }, ...(await idleOf(child)) }
}

async function openLandfall({ dir, ca, closing }: TargetOrder): Promise<readonly Target[]> {
  const landfall = await startLandfall(join(dir, 'landfall'))
  closing.use(landfall.child)
  const idle = await idleOf(landfall.child)
  await enroll(landfall, ca)
  const { ports, idScope } = landfall.connection
  return [
    { name: 'landfall-https', address: { port: ports.https, talk: 'https', idScope }, ...idle },
    { name: 'landfall-mqtt', address: { port: ports.mqtt, talk: 'mqtt-register', idScope }, ...idle },
  ]
}

async function idleOf(child: Child): Promise<Pick<Target, 'pid' | 'idleMiB'>> {
  return { pid: child.pid, idleMiB: await idleMiBOf(child) }
}
