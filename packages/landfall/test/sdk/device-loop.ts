/**
 * Devices with the published SDK that register again and again until standard input ends; prints one JSON line for each
 * outcome. Told everything by one JSON argument, as device-client.ts.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// the SDKs are CommonJS whose exports Node cannot name for import
const require = createRequire(import.meta.url)
const { Http } = require('azure-iot-provisioning-device-http') as typeof import('azure-iot-provisioning-device-http')
const { Mqtt } = require('azure-iot-provisioning-device-mqtt') as typeof import('azure-iot-provisioning-device-mqtt')
const { ProvisioningDeviceClient } =
  require('azure-iot-provisioning-device') as typeof import('azure-iot-provisioning-device')
const { X509Security } = require('azure-iot-security-x509') as typeof import('azure-iot-security-x509')

export interface LoopOrder {
  readonly host: string
  readonly idScope: string
  readonly devices: readonly LoopDevice[]
}

export interface LoopDevice {
  readonly registrationId: string
  readonly transport: 'http' | 'mqtt'
  /** Paths. */
  readonly certificate: string
  readonly key: string
}

export interface LoopOutcome {
  readonly registrationId: string
  readonly assigned: boolean
  /** Where it was not: all that the SDK tells. */
  readonly told?: string
}

const order = JSON.parse(process.argv[2] ?? '{}') as LoopOrder
const transports = { http: Http, mqtt: Mqtt }
let ended = false
process.stdin.resume().once('end', () => {
  ended = true
})

type Security = Parameters<typeof ProvisioningDeviceClient.create>[3]

function register({ registrationId, transport, certificate, key }: LoopDevice): Promise<LoopOutcome> {
  const identity = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
  const security = new X509Security(registrationId, identity) as unknown as Security
  const client = ProvisioningDeviceClient.create(order.host, order.idScope, new transports[transport](), security)
  return new Promise((resolve) => {
    client.register((error, result) => {
      const {
        message,
        result: body,
        responseBody,
      } = (error ?? {}) as Error & { result?: unknown; responseBody?: unknown }
      if (error) resolve({ registrationId, assigned: false, told: JSON.stringify({ message, body, responseBody }) })
      else resolve({ registrationId, assigned: result?.status === 'assigned' })
    })
  })
}

async function loop(device: LoopDevice): Promise<void> {
  while (!ended) process.stdout.write(`${JSON.stringify(await register(device))}\n`)
}

await Promise.all(order.devices.map(loop))
process.exit(0)
