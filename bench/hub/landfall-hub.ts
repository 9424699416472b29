/** Landfall's hub as a target: its own process, devices with keys of their own, and its REST API. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeSasToken, parseConnectionString } from 'landfall-client'
import { startLandfall } from '../landfall.ts'
import type { Wanted } from './fleet.ts'

/** Gives the answer's body; anything but a 2xx is an error. */
export type Rest = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) => Promise<string>

export interface LandfallHub {
  readonly pid: number
  readonly rest: Rest
  /** So many that may connect, made on the hub. */
  makeDevices(count: number, prefix: string): Promise<readonly Wanted[]>
  /** Of what is alive, after a collection. */
  heapBytes(): Promise<number>
}

const apiVersion = '2021-04-12'
/** Of one bulk request: contract/iot-hub 4. */
const mostAtOnce = 100

export async function openLandfallHub(dir: string, closing: AsyncDisposableStack): Promise<LandfallHub> {
  const dataDir = join(dir, 'landfall')
  const teller = fileURLToPath(new URL('./tell-memory.ts', import.meta.url))
  const { child, connection } = await startLandfall(dataDir, ['--expose-gc', '--import', teller])
  closing.use(child)
  const { ports, rootCaPath, hubConnectionString } = connection
  const agent = new Agent({ keepAlive: true, ca: readFileSync(rootCaPath) })
  closing.defer(() => agent.destroy())
  const parsed = parseConnectionString(hubConnectionString)
  const rest = await makeRest({ agent, port: ports.https, authorization: await makeSasToken(parsed) })
  const hub = parsed.hostName.split(':', 1)[0] ?? ''
  return {
    pid: child.pid,
    rest,
    makeDevices: (count, prefix) => makeDevices({ rest, hub, port: ports.mqtt, count, prefix }),
    heapBytes: () => askHeap(child.pid, join(dataDir, 'memory.json')),
  }
}

interface Door {
  readonly agent: Agent
  readonly port: number
  readonly authorization: string
}

function makeRest({ agent, port, authorization }: Door): Rest {
  return async (method, path, body) => {
    const sent = request({
      agent,
      host: 'localhost',
      port,
      method,
      path: `${path}?api-version=${apiVersion}`,
      headers: { authorization, 'content-type': 'application/json; charset=utf-8' },
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const said = await text(answer)
    if ((answer.statusCode ?? 500) < 300) return said
    throw new Error(`${method} ${path} was answered ${answer.statusCode} ${said.slice(0, 300)}`)
  }
}

interface DevicesOrder {
  readonly rest: Rest
  readonly hub: string
  readonly port: number
  readonly count: number
  readonly prefix: string
}

async function makeDevices({ rest, hub, port, count, prefix }: DevicesOrder): Promise<readonly Wanted[]> {
  const ids = Array.from({ length: count }, (_, nth) => `${prefix}-${String(nth).padStart(5, '0')}`)
  for (let from = 0; from < count; from += mostAtOnce)
    await rest(
      'POST',
      '/devices',
      ids.slice(from, from + mostAtOnce).map((id) => ({
        id,
        importMode: 'create',
        status: 'enabled',
        authentication: { type: 'sas', symmetricKey: { primaryKey: keyOf(id), secondaryKey: keyOf(id) } },
      })),
    )
  return ids.map((clientId) => ({
    port,
    clientId,
    userName: `${hub}/${clientId}/?api-version=${apiVersion}`,
    password: tokenOf(hub, clientId),
  }))
}

const keyOf = (deviceId: string) => createHmac('sha256', 'bench').update(deviceId).digest('base64')

function tokenOf(hub: string, deviceId: string): string {
  const resource = encodeURIComponent(`${hub}/devices/${deviceId}`)
  const expiry = Math.floor(Date.now() / 1000) + 3600
  const signature = createHmac('sha256', Buffer.from(keyOf(deviceId), 'base64'))
    .update(`${resource}\n${expiry}`)
    .digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}`
}

async function askHeap(pid: number, file: string): Promise<number> {
  rmSync(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  for (let waited = 0; waited < 10_000; waited += 20) {
    await sleep(20)
    try {
      return (JSON.parse(readFileSync(file, 'utf8')) as NodeJS.MemoryUsage).heapUsed
    } catch {
      // not written yet
    }
  }
  throw new Error('Landfall did not tell its memory.')
}
