/** Connection strings as clients are given them. */
import type { World } from '../world.ts'

export const ofDevice = ({ host }: Pick<World, 'host'>, deviceId: string, key: string) =>
  `HostName=${host};DeviceId=${deviceId};SharedAccessKey=${key}`

/** The Node SDKs take no port in a host name; where 443 is redirected, it is left out. */
export const portless = (connectionString: string) => connectionString.replace(/^HostName=([^:;]+):\d+/, 'HostName=$1')
