/**
 * The published device SDK with a TPM, as its own process: told everything by one JSON argument, prints one JSON line.
 * Without a transport it only names its keys, as whoever enrolls the device reads them.
 */
import { createRequire } from 'node:module'
import type { TransportName } from './tpm.interop.test.ts'

export interface TpmDeviceOrder {
  readonly host: string
  readonly idScope: string
  readonly registrationId: string
  readonly simulatorPort: number
  readonly transport?: TransportName
  /** Sent to the hub that it is assigned to. */
  readonly telemetry?: string
}

export interface TpmDeviceOutcome {
  readonly endorsementKey: string
  readonly storageRootKey: string
  /** What the SDK makes of the endorsement key, where it is told no id. */
  readonly ownId: string
  readonly result?: Record<string, unknown>
  readonly error?: { readonly name: string; readonly message: string }
}

// the SDKs are CommonJS whose exports Node cannot name for import
const require = createRequire(import.meta.url)
const { Amqp, AmqpWs } =
  require('azure-iot-provisioning-device-amqp') as typeof import('azure-iot-provisioning-device-amqp')
const { Http } = require('azure-iot-provisioning-device-http') as typeof import('azure-iot-provisioning-device-http')
const { ProvisioningDeviceClient } =
  require('azure-iot-provisioning-device') as typeof import('azure-iot-provisioning-device')
const { Client, Message } = require('azure-iot-device') as typeof import('azure-iot-device')
const { Mqtt } = require('azure-iot-device-mqtt') as typeof import('azure-iot-device-mqtt')

type Told<Result> = (error: Error | null, result: Result) => void
/** Of azure-iot-security-tpm, which is installed beside this file and not known to the compiler. */
interface TpmSecurity {
  getEndorsementKey(told: Told<Buffer>): void
  getStorageRootKey(told: Told<Buffer>): void
  getRegistrationId(told: Told<string>): void
  signWithIdentity(text: Buffer, told: Told<Buffer>): void
}
const { TpmSecurityClient } = require('azure-iot-security-tpm') as {
  readonly TpmSecurityClient: new (registrationId: string, tpm: object) => TpmSecurity
}
const { Tpm } = require('tss.js') as {
  readonly Tpm: new (isSimulator: boolean, host: string, port: number) => object
}

const order = JSON.parse(process.argv[2] ?? '{}') as TpmDeviceOrder
const transports = { http: Http, amqp: Amqp, amqpWs: AmqpWs }
const securityFor = (id: string) => new TpmSecurityClient(id, new Tpm(true, '127.0.0.1', order.simulatorPort))
const security = securityFor(order.registrationId)

function ask<Result>(call: (told: Told<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))))
}

async function register(transport: TransportName): Promise<Record<string, unknown>> {
  const client = ProvisioningDeviceClient.create(
    order.host,
    order.idScope,
    new transports[transport](),
    security as unknown as Parameters<typeof ProvisioningDeviceClient.create>[3],
  )
  return ask((told) => client.register(told as never))
}

/** With a token that the TPM signs: this version of the device SDK has no TpmAuthenticationProvider to do it. */
async function send(text: string, { assignedHub, deviceId }: Record<string, unknown>): Promise<void> {
  const resource = encodeURIComponent(`${assignedHub}/devices/${deviceId}`)
  const expiry = Math.floor(Date.now() / 1000) + 3600
  const signature = await ask<Buffer>((told) => security.signWithIdentity(Buffer.from(`${resource}\n${expiry}`), told))
  const token = `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature.toString('base64'))}&se=${expiry}`
  const client = Client.fromSharedAccessSignature(token, Mqtt)
  await client.open()
  await client.sendEvent(new Message(text))
  await client.close()
}

const endorsementKey = (await ask<Buffer>((told) => security.getEndorsementKey(told))).toString('base64')
const storageRootKey = (await ask<Buffer>((told) => security.getStorageRootKey(told))).toString('base64')
let outcome: Omit<TpmDeviceOutcome, 'endorsementKey' | 'storageRootKey' | 'ownId'> = {}
try {
  const answer = order.transport && (await register(order.transport))
  const result = (answer?.registrationState ?? answer) as Record<string, unknown> | undefined
  if (order.telemetry !== undefined && result) await send(order.telemetry, result)
  outcome = { result }
} catch (error) {
  const { name, message } = error as Error
  outcome = { error: { name, message } }
}
const ownId = order.transport ? '' : await ask<string>((told) => securityFor('').getRegistrationId(told))
process.stdout.write(`${JSON.stringify({ endorsementKey, storageRootKey, ownId, ...outcome })}\n`, () =>
  process.exit(0),
)
