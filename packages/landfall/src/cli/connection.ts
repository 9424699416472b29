/** Where a command finds the service: --login, --data, the environment, then ./.landfall. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ProvisioningServiceClient, parseConnectionString } from 'landfall-client'
import { type ConnectionFile, readConnectionFile } from '../connection-file.ts'
import { NoServiceError, UsageError } from './exit.ts'
import { tell } from './output.ts'
import { fetchTrusting } from './trusting-fetch.ts'

export interface ConnectOptions {
  readonly data?: string
  readonly login?: string
}

export const dataDirOf = ({ data }: ConnectOptions): string => resolve(data ?? process.env.LANDFALL_DATA ?? '.landfall')

export function connect(options: ConnectOptions): ProvisioningServiceClient {
  const local = readConnectionFile(dataDirOf(options))
  const login = loginOf(options) ?? local?.serviceConnectionString
  if (login === undefined) throw new NoServiceError(dataDirOf(options))
  return open(login, local)
}

/** The facts of a service on this machine, which a connection string alone does not tell. */
export function localService(options: ConnectOptions): ConnectionFile {
  const connection = readConnectionFile(dataDirOf(options))
  if (!connection) throw new NoServiceError(dataDirOf(options))
  return connection
}

export const clientOf = (connection: ConnectionFile): ProvisioningServiceClient =>
  open(connection.serviceConnectionString, connection)

/** A directory that was named counts more than the environment. */
function loginOf({ data, login }: ConnectOptions): string | undefined {
  if (login !== undefined && data !== undefined) throw new UsageError('Give either --data or --login, not both.')
  if (data !== undefined) return
  return login ?? (process.env.IOT_PROVISIONING_SERVICE_CONNECTION_STRING || undefined)
}

/** A service of this machine has its own root certificate, which its clients need not have been told to trust. */
function open(login: string, local: ConnectionFile | undefined): ProvisioningServiceClient {
  const isLocal = local !== undefined && hostOf(login) === hostOf(local.serviceConnectionString)
  if (!isLocal || !existsSync(local.rootCaPath))
    return ProvisioningServiceClient.fromConnectionString(login, { onWarning })
  const fetch = fetchTrusting(readFileSync(local.rootCaPath, 'utf8'))
  return ProvisioningServiceClient.fromConnectionString(login, { fetch, onWarning })
}

const onWarning = (warning: string) => tell(`warning: ${warning}`)
const hostOf = (text: string): string => parseConnectionString(text).hostName.toLowerCase()
