/** The published hub SDK's service client as its own process: one direct method, what came of it. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Client } = require('azure-iothub') as typeof import('azure-iothub')

export interface MethodOrder {
  readonly connectionString: string
  readonly deviceId: string
  readonly moduleId?: string
  readonly method: {
    readonly methodName: string
    readonly payload?: unknown
    readonly responseTimeoutInSeconds?: number
    readonly connectTimeoutInSeconds?: number
  }
}

const { connectionString, deviceId, moduleId, method } = JSON.parse(process.argv[2] ?? '{}') as MethodOrder
const client = Client.fromConnectionString(connectionString)

function print(outcome: object): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0))
}

try {
  const { result } = moduleId
    ? await client.invokeDeviceMethod(deviceId, moduleId, method as never)
    : await client.invokeDeviceMethod(deviceId, method as never)
  print({ result })
} catch (error) {
  print({ error: { name: (error as Error).name, message: (error as Error).message } })
}
