/** The service that a quickstart walks through: one that runs in the data directory, or one started here. */
import type { ProvisioningServiceClient } from 'landfall-client'
import type { Config } from '../../config.ts'
import { type ConnectionFile, readConnectionFile } from '../../connection-file.ts'
import type { RunningServer } from '../../server.ts'
import type { System } from '../../system.ts'
import { clientOf } from '../connection.ts'

export interface Service {
  readonly connection: ConnectionFile
  readonly client: ProvisioningServiceClient
  /** Absent: it was running before and goes on running. */
  readonly own?: RunningServer
}

export async function findOrStart(config: Config, system: System): Promise<Service> {
  return (await findRunning(config.dataDir)) ?? (await start(config, system))
}

/** A connection.json alone proves nothing: a killed service leaves its own behind. */
async function findRunning(dataDir: string): Promise<Service | undefined> {
  const connection = readConnectionFile(dataDir)
  if (!connection || !isAlive(connection.pid)) return
  const client = clientOf(connection)
  try {
    await client.request({ method: 'GET', path: '/landfall/instance' })
    return { connection, client }
  } catch {
    return
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // it runs, but under another user
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function start(config: Config, system: System): Promise<Service> {
  // read only now: the help does not need it
  const { startServer } = await import('../../server.ts')
  const own = await startServer(config, system)
  return { connection: own.connection, client: clientOf(own.connection), own }
}
