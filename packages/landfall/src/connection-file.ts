/** `connection.json`: how to reach a running service, for programs and for our own commands. */
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ConnectionFile {
  /** `HostName=host[:port];SharedAccessKeyName=…;SharedAccessKey=…`, as every service SDK takes it. */
  readonly serviceConnectionString: string
  /** Host, and port where it is not 443. */
  readonly deviceEndpoint: string
  readonly idScope: string
  /** Of the default embedded hub. */
  readonly hubConnectionString: string
  /** As readers of Event Hubs take it: the telemetry of the default embedded hub. */
  readonly eventHubConnectionString: string
  /** What clients must trust. */
  readonly rootCaPath: string
  /** Under --dev only: a CA certificate that is registered and verified, and its key. */
  readonly testRootCertPath?: string
  readonly testRootKeyPath?: string
  readonly portalUrl?: string
  readonly managementUrl: string
  readonly ports: Readonly<Record<'https' | 'mqtt' | 'amqp' | 'management', number>>
  readonly pid: number
}

export const connectionFilePath = (dataDir: string) => join(dataDir, 'connection.json')

/** Whole or not at all, readable by its owner only: it holds keys. */
export function writeConnectionFile(dataDir: string, connection: ConnectionFile): void {
  const path = connectionFilePath(dataDir)
  writeFileSync(`${path}.new`, `${JSON.stringify(connection, undefined, 2)}\n`, { mode: 0o600 })
  chmodSync(`${path}.new`, 0o600)
  renameSync(`${path}.new`, path)
}

/** Undefined where no service was started in this directory, or the file is not ours. */
export function readConnectionFile(dataDir: string): ConnectionFile | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(connectionFilePath(dataDir), 'utf8'))
    return isOurs(read) ? read : undefined
  } catch {
    return
  }
}

function isOurs(read: unknown): read is ConnectionFile {
  if (typeof read !== 'object' || read === null) return false
  const { serviceConnectionString, rootCaPath } = read as Partial<Record<keyof ConnectionFile, unknown>>
  return typeof serviceConnectionString === 'string' && typeof rootCaPath === 'string'
}

export function removeConnectionFile(dataDir: string): void {
  rmSync(connectionFilePath(dataDir), { force: true })
}

/** `HostName` as clients read it: the port only where it is not the standard one. */
export const hostAndPort = (host: string, port: number) => (port === 443 ? host : `${host}:${port}`)
