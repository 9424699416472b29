/**
 * A small world of its own: a whole service in a directory that goes away, on a clock that tests set, reached over real
 * sockets. Asked for `standardPorts`, it takes 443 and 8883 on a loopback address of its own, as the SDKs demand; where
 * this user may not, clients get a port redirection (test/sdk/redirect.cjs).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProvisioningServiceClient } from 'landfall-client'
import { type Config, loadConfig } from '../src/config.ts'
import type { ConnectionFile } from '../src/connection-file.ts'
import type { DeviceHubs } from '../src/hub/device/device-hub.ts'
import { makeToken } from '../src/sas/token.ts'
import { startServer } from '../src/server.ts'
import { type AdjustableClock, adjustable, type Instant, realRandom, realSystem, realTimers } from '../src/system.ts'
import { httpsFetch } from './https-fetch.ts'

export interface World extends AsyncDisposable {
  readonly dir: string
  /** The host as devices are told it. */
  readonly host: string
  /** Host and, where it is not 443, port. */
  readonly authority: string
  readonly connection: ConnectionFile
  /** The embedded hubs from within, to look at what came of what devices did. */
  readonly devices: DeviceHubs
  readonly clock: AdjustableClock
  readonly client: ProvisioningServiceClient
  /** What the environment of a client process needs beyond trust. */
  readonly clientEnvironment: NodeJS.ProcessEnv
  readonly fetch: typeof fetch
  /** An Authorization header of the owner policy. */
  token(): Promise<string>
  /** Stops the service and starts it again on the same directory and ports; `meanwhile` has the directory to itself. */
  restart(meanwhile?: () => Promise<void>): Promise<void>
}

export interface WorldOrder {
  /** ISO 8601; absent: the machine's clock. */
  readonly at?: string
  readonly standardPorts?: boolean
  readonly config?: Partial<Config>
}

export const days = (count: number): Instant => count * 86_400_000

export async function startWorld({ at, standardPorts = false, config: wanted = {} }: WorldOrder = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-'))
  const address = standardPorts ? await ownAddress() : undefined
  const host = address ?? '127.0.0.1'
  const base = realSystem().clock
  const start = at === undefined ? undefined : Date.parse(at)
  // a written-down instant stands still until a test moves it
  const clock = adjustable(start === undefined ? base : { now: () => start, machine: () => base.now() })
  const system = { clock, random: realRandom, timers: realTimers }
  const config: Config = {
    ...loadConfig({ flags: {}, env: {} }),
    dataDir: dir,
    hostnames: [host],
    host,
    httpsPort: address === undefined ? 0 : 443,
    mqttPort: address === undefined ? 0 : 8883,
    amqpPort: address === undefined ? 0 : 5671,
    managementPort: 0,
    logLevel: 'silent',
    ...wanted,
  }
  let server = await startServer(config, system)
  const fetchHere = httpsFetch(server.connection.rootCaPath)
  const world = {
    dir,
    host,
    clock,
    clientEnvironment: redirection(server.connection, address === undefined && standardPorts),
    fetch: fetchHere,
    client: ProvisioningServiceClient.fromConnectionString(server.connection.serviceConnectionString, {
      fetch: fetchHere,
      now: () => clock.now(),
    }),
    async token() {
      const [, resource = '', policyName = '', key = ''] =
        /HostName=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(
          server.connection.serviceConnectionString,
        ) ?? []
      return makeToken({ resource, key, policyName, expiry: base.now() + 3_600_000 })
    },
    get connection() {
      return server.connection
    },
    get devices() {
      return server.devices
    },
    get authority() {
      return server.connection.deviceEndpoint
    },
    async restart(meanwhile?: () => Promise<void>) {
      const { ports } = server.connection
      await server.close()
      await meanwhile?.()
      server = await startServer(
        { ...config, httpsPort: ports.https, mqttPort: ports.mqtt, amqpPort: ports.amqp },
        system,
      )
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return world
}

/** A loopback address on which both standard ports are free, or undefined where none may be had. */
export async function ownAddress(): Promise<string | undefined> {
  for (let tries = 0; tries < 8; tries++) {
    const [a, b] = realRandom.bytes(2)
    const address = `127.77.${a}.${((b ?? 0) % 254) + 1}`
    if ((await mayListen(address, 443)) && (await mayListen(address, 8883)) && (await mayListen(address, 5671)))
      return address
  }
  return undefined
}

function mayListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ host, port }, () => probe.close(() => resolve(true)))
  })
}

/** The environment of a client that dials the standard ports of a service that did not get them. */
export function redirection({ ports }: ConnectionFile, needed: boolean): NodeJS.ProcessEnv {
  if (!needed) return {}
  return {
    NODE_OPTIONS: `--require ${join(import.meta.dirname, 'sdk/redirect.cjs')}`,
    LANDFALL_TEST_PORTS: JSON.stringify({ 443: ports.https, 8883: ports.mqtt, 5671: ports.amqp }),
  }
}
