/** Landfall as a target: its own process, its own data directory, one group on the bench's intermediate. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { type ConnectionFile, readConnectionFile } from '../packages/landfall/src/connection-file.ts'
import { type Child, startChild, untilReady } from './child.ts'
import { residentMiBOf } from './process-tree.ts'
import type { TestCa } from './test-ca.ts'

export interface Landfall {
  readonly child: Child
  readonly connection: ConnectionFile
  /** From its being started to its saying that it serves. */
  readonly readyMs: number
}

const program = fileURLToPath(new URL('../packages/landfall/bin/landfall.js', import.meta.url))

/** Those of its first line, which `npx landfall` and npm's scripts give to Node. */
const flagsOf = (file: string) => readFileSync(file, 'utf8').split('\n', 1)[0]?.match(/--\S+/g) ?? []

/**
 * As an operator would, but for the log: one line a registration would be measured with it, and nginx writes none. What
 * Node compiles is kept beside the data directory, so that the first start in a bench is the first there ever was.
 */
export async function startLandfall(dataDir: string, nodeArgs: readonly string[] = []): Promise<Landfall> {
  mkdirSync(dataDir, { recursive: true })
  const began = performance.now()
  const ports = ['--https-port', '0', '--mqtt-port', '0', '--amqp-port', '0', '--management-port', '0']
  const settings = ['--data', dataDir, '--hostname', 'localhost', '--log-level', 'warn']
  const flags = [...flagsOf(program), ...nodeArgs]
  const child = startChild(process.execPath, [...flags, program, 'serve', ...settings, ...ports], {
    XDG_CACHE_HOME: dirname(dataDir),
  })
  try {
    let connection: ConnectionFile | undefined
    await untilReady(child, 'Landfall', async () => {
      connection = readConnectionFile(dataDir)
      return connection?.pid === child.pid && (await isHealthy(connection))
    })
    if (!connection) throw new Error('Landfall wrote no connection.json.')
    return { child, connection, readyMs: performance.now() - began }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}

async function isHealthy({ ports }: ConnectionFile): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${ports.management}/healthz`).catch(() => undefined)
  return answer?.ok === true
}

/** A back end of it, which has uploaded the root, verified as it came. */
export async function backEndOf(connection: ConnectionFile, ca: TestCa): Promise<ProvisioningServiceClient> {
  setDefaultCACertificates([...getCACertificates(), readFileSync(connection.rootCaPath, 'utf8')])
  const client = ProvisioningServiceClient.fromConnectionString(connection.serviceConnectionString)
  await client.request({
    method: 'PUT',
    path: '/landfall/certificates/bench-root',
    body: { certificate: ca.rootPem, isVerified: true },
  })
  return client
}

/** A group on the intermediate. */
export async function enroll({ connection }: Landfall, ca: TestCa): Promise<void> {
  const client = await backEndOf(connection, ca)
  await client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'bench',
    attestation: attestation.signingCertificate(ca.intermediate.pem),
  })
}

export interface Starts {
  readonly firstMs: number
  readonly firstIdleMiB: number
  readonly nextMs: readonly number[]
}

/** Started again and again in one data directory: the first makes keys and a store, and compiles; those after it do not. */
export async function measureStarts(dir: string, again: number): Promise<Starts> {
  const dataDir = join(dir, 'starts')
  const first = await startLandfall(dataDir)
  const firstIdleMiB = await idleMiBOf(first.child)
  await first.child[Symbol.asyncDispose]()
  const nextMs: number[] = []
  for (let start = 0; start < again; start++) {
    const { child, readyMs } = await startLandfall(dataDir)
    nextMs.push(readyMs)
    await child[Symbol.asyncDispose]()
  }
  return { firstMs: first.readyMs, firstIdleMiB, nextMs }
}

/** A second after it was ready: what a start leaves behind has been cleared by then, or stays. */
export async function idleMiBOf({ pid }: Child): Promise<number> {
  await sleep(1000)
  return residentMiBOf(pid)
}
