/** Devices with a TPM: the published Node SDK and tpm2-tools, each on a TPM in software. */
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hub, telemetryOf, textsOf } from '../../hub/rig.ts'
import { startWorld, type World } from '../../world.ts'
import { runClient } from '../run.ts'
import type { TpmDeviceOrder, TpmDeviceOutcome } from './device.ts'
import { type SoftwareTpm, startTpm } from './swtpm.ts'
import { type ToolDevice, toolDevice } from './tools.ts'

export type TransportName = 'http' | 'amqp' | 'amqpWs'

let world: World
let tpm: SoftwareTpm

beforeAll(async () => {
  if (!existsSync(join(import.meta.dirname, 'node_modules/azure-iot-security-tpm')))
    throw new Error(`the TPM client is missing: npm ci --ignore-scripts --prefix ${import.meta.dirname}`)
  world = await startWorld({ standardPorts: true })
  tpm = await startTpm()
})
afterAll(async () => {
  await tpm?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

type Order = Partial<TpmDeviceOrder> & Pick<TpmDeviceOrder, 'registrationId'>
const device = (order: Order) =>
  runClient<TpmDeviceOutcome>(world, 'tpm/device.ts', {
    host: world.host,
    idScope: world.connection.idScope,
    simulatorPort: tpm.simulatorPort,
    ...order,
  })

const enroll = (registrationId: string, endorsementKey: string) =>
  world.client.individualEnrollments.createOrUpdate({
    registrationId,
    attestation: attestation.tpm(endorsementKey),
    initialTwin: { tags: { line: 7 }, properties: { desired: { interval: 5 } } },
  })

const primaryKeyOf = async (deviceId: string) =>
  (await hub(world, `GET /devices/${deviceId}`)).body?.authentication?.symmetricKey?.primaryKey

describe('the Node SDK', () => {
  test('names a device by the hash of its endorsement key, which is enrolled as it is', async () => {
    const { endorsementKey, ownId } = await device({ registrationId: 'any' })
    expect(endorsementKey).toMatch(/^AToAAQALAAMAsgAg/)
    // base32 of SHA-256 without padding
    expect(ownId).toMatch(/^[a-z2-7]{52}$/)
    const made = await enroll(ownId, endorsementKey)
    expect(made.attestation).toEqual({ type: 'tpm', tpm: { endorsementKey } })
  })

  describe.each(['http', 'amqp', 'amqpWs'] as const)('over %s', (transport) => {
    test('registers, and sends telemetry to its hub with the key in its TPM; again, it is the same key', async () => {
      const registrationId = `chip-${transport.toLowerCase()}`
      const { endorsementKey } = await device({ registrationId })
      await enroll(registrationId, endorsementKey)
      const first = await device({ registrationId, transport, telemetry: 'from a TPM' })
      expect(first.error).toBeUndefined()
      expect(first.result).toMatchObject({ status: 'assigned', deviceId: registrationId, assignedHub: world.host })
      expect(textsOf(await telemetryOf(world, registrationId))).toEqual(['from a TPM'])
      const key = await primaryKeyOf(registrationId)
      const second = await device({ registrationId, transport, telemetry: 'and again' })
      expect(second.result).toMatchObject({ status: 'assigned' })
      expect(textsOf(await telemetryOf(world, registrationId))).toEqual(['from a TPM', 'and again'])
      expect(await primaryKeyOf(registrationId)).toBe(key)
    })

    test('another endorsement key is refused, and the service tells why', async () => {
      await using other = await startTpm()
      const registrationId = `taken-${transport.toLowerCase()}`
      const { endorsementKey } = await device({ registrationId, simulatorPort: other.simulatorPort })
      await enroll(registrationId, endorsementKey)
      const { error } = await device({ registrationId, transport })
      expect(error).toBeDefined()
      const story = await attemptsOf(registrationId)
      expect(story[0]).toMatchObject({ outcome: 'refused', reason: 'tpm_other_endorsement_key', attestation: 'tpm' })
    })
  })
})

async function attemptsOf(registrationId: string) {
  const url = `https://${world.authority}/landfall/attempts?registrationId=${registrationId}`
  const answer = await world.fetch(url, { headers: { authorization: await world.token() } })
  return (await answer.json()) as readonly Record<string, unknown>[]
}

describe('tpm2-tools', () => {
  test.each(['rsa', 'ecc'] as const)('register with keys of %s, and sign with the key of the hub', async (kind) => {
    await using own = await startTpm()
    using tools = await toolDevice(own, kind)
    const registrationId = `tools-${kind}`
    await enroll(registrationId, tools.endorsementKey)
    const challenge = await register(registrationId, tools)
    expect(challenge.status).toBe(401)
    await tools.activate(challenge.body.authenticationKey)
    const resource = `${world.connection.idScope}%2Fregistrations%2F${registrationId}`
    const token = await tokenOf(tools, resource, '&skn=registration')
    const assigned = await register(registrationId, tools, token)
    expect(assigned).toMatchObject({ status: 200, body: { status: 'assigned' } })
    const { operationId, registrationState } = assigned.body
    const polled = await ask('GET', `${registrationId}/operations/${operationId}`, undefined, token)
    await tools.activate(polled.body.registrationState.tpm.authenticationKey)
    const text = `${world.host}%2Fdevices%2F${registrationId}\n1900000000`
    const key = Buffer.from(await primaryKeyOf(registrationId), 'base64')
    const expected = createHmac('sha256', key).update(text).digest('base64')
    expect(await tools.sign(text)).toBe(expected)
    await tools.activate(registrationState.tpm.authenticationKey)
    expect(await tools.sign(text)).toBe(expected)
  })
})

const register = (registrationId: string, { endorsementKey, storageRootKey }: ToolDevice, token?: string) =>
  ask('PUT', `${registrationId}/register`, { registrationId, tpm: { endorsementKey, storageRootKey } }, token)

async function tokenOf(tools: ToolDevice, resource: string, rest: string): Promise<string> {
  const expiry = Math.floor(Date.now() / 1000) + 3600
  const signature = encodeURIComponent(await tools.sign(`${resource}\n${expiry}`))
  return `SharedAccessSignature sr=${resource}&sig=${signature}&se=${expiry}${rest}`
}

async function ask(method: string, path: string, body: object | undefined, token: string | undefined) {
  const url = `https://${world.authority}/${world.connection.idScope}/registrations/${path}?api-version=2021-06-01`
  const answer = await world.fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: token }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
  return { status: answer.status, body: (await answer.json()) as any }
}
