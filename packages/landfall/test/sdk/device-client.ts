/**
 * The published device SDK as its own process, told everything by one JSON argument; prints one JSON line. Trust comes
 * from NODE_EXTRA_CA_CERTS, as docs/clients.md says.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// the SDKs are CommonJS whose exports Node cannot name for import
const require = createRequire(import.meta.url)
const { Amqp, AmqpWs } =
  require('azure-iot-provisioning-device-amqp') as typeof import('azure-iot-provisioning-device-amqp')
const { Http } = require('azure-iot-provisioning-device-http') as typeof import('azure-iot-provisioning-device-http')
const { Mqtt, MqttWs } =
  require('azure-iot-provisioning-device-mqtt') as typeof import('azure-iot-provisioning-device-mqtt')
const { ProvisioningDeviceClient } =
  require('azure-iot-provisioning-device') as typeof import('azure-iot-provisioning-device')
const { SymmetricKeySecurityClient } =
  require('azure-iot-security-symmetric-key') as typeof import('azure-iot-security-symmetric-key')
const { X509Security } = require('azure-iot-security-x509') as typeof import('azure-iot-security-x509')

export interface DeviceOrder {
  readonly host: string
  readonly idScope: string
  readonly registrationId: string
  readonly transport: 'http' | 'mqtt' | 'mqttWs' | 'amqp' | 'amqpWs'
  /** Paths: a PEM with the device certificate and whatever of its chain is sent, and its key. */
  readonly certificate?: string
  readonly key?: string
  readonly symmetricKey?: string
  readonly payload?: object
}

export interface DeviceOutcome {
  readonly result?: Record<string, unknown>
  readonly error?: {
    readonly name: string
    readonly message: string
    readonly result?: unknown
    readonly responseBody?: unknown
    /** Over AMQP the SDK hands on what the service said. */
    readonly condition?: string
    readonly description?: string
  }
}

type Told = Pick<NonNullable<DeviceOutcome['error']>, 'result' | 'responseBody' | 'condition' | 'description'>

const order = JSON.parse(process.argv[2] ?? '{}') as DeviceOrder
const transports = { http: Http, mqtt: Mqtt, mqttWs: MqttWs, amqp: Amqp, amqpWs: AmqpWs }

type Security = Parameters<typeof ProvisioningDeviceClient.create>[3]

/** The packages' declarations of one interface differ from each other, hence the casts. */
function security(): Security {
  if (order.symmetricKey !== undefined) {
    return new SymmetricKeySecurityClient(order.registrationId, order.symmetricKey) as unknown as Security
  }
  const cert = readFileSync(order.certificate ?? '', 'utf8')
  const key = readFileSync(order.key ?? '', 'utf8')
  return new X509Security(order.registrationId, { cert, key }) as unknown as Security
}

function print(outcome: DeviceOutcome): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0))
}

const client = ProvisioningDeviceClient.create(order.host, order.idScope, new transports[order.transport](), security())
if (order.payload !== undefined) client.setProvisioningPayload(order.payload)
client.register((error, result) => {
  if (error) {
    const { name, message, result: told, responseBody, condition, description } = error as Error & Told
    print({ error: { name, message, result: told, responseBody, condition, description } })
  } else print({ result: result as unknown as Record<string, unknown> })
})
