/** mosquitto as the hub's peer: TLS, no credentials to check; with persistence where messages are to last. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { accepts, freePort, startChild, untilReady, versionOf } from '../child.ts'
import type { TestCa } from '../test-ca.ts'

export interface Broker {
  readonly pid: number
  readonly port: number
  readonly version: string
}

/**
 * `everySecond`: the smallest interval by time; what was acknowledged since is lost in a crash. `everyMessage`: the whole
 * store is written anew after each change. mosquitto has nothing in between, and acknowledges before it writes in both.
 */
export const persistence = {
  none: 'persistence false',
  everySecond: 'persistence true\nautosave_interval 1',
  everyMessage: 'persistence true\nautosave_on_changes true\nautosave_interval 1',
} as const

export async function openBroker(
  dir: string,
  ca: TestCa,
  kept: keyof typeof persistence,
  closing: AsyncDisposableStack,
): Promise<Broker> {
  const version = versionOf(
    'mosquitto',
    ['-h'],
    'apt-get install -y mosquitto (Debian, Ubuntu), or your package of it.',
  )
  const home = join(dir, `mosquitto-${kept}`)
  mkdirSync(home)
  const port = await freePort()
  writeFileSync(join(home, 'mosquitto.conf'), configOf(home, port, ca, kept))
  const child = closing.use(startChild('mosquitto', ['-c', join(home, 'mosquitto.conf')]))
  await untilReady(child, 'mosquitto', () => accepts(port))
  return { pid: child.pid, port, version }
}

const configOf = (home: string, port: number, { files }: TestCa, kept: keyof typeof persistence) => `
user ${userInfo().username}
listener ${port} 127.0.0.1
certfile ${files.server}
keyfile ${files.serverKey}
tls_version tlsv1.3
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 0
log_type error
${persistence[kept]}
persistence_location ${home}/
`
