/** kill -9 while a webhook is asked: the next start asks it again, and the device is on one hub. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attestation, ProvisioningServiceClient } from 'landfall-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConnectionFile } from '../../src/connection-file.ts'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { realRandom as random } from '../../src/system.ts'
import { issueRoot, issueServer } from '../../src/x509/issue.ts'
import { httpsFetch } from '../https-fetch.ts'
import { type ServiceProcess, serve } from '../process.ts'
import { registerRaw } from '../raw-device.ts'
import { json, silence, startWebhook } from '../webhook/webhook.ts'

let dir: string
let service: ServiceProcess | undefined

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'landfall-webhook-'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await service?.end('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const clientOf = ({ serviceConnectionString, rootCaPath }: ConnectionFile) =>
  ProvisioningServiceClient.fromConnectionString(serviceConnectionString, { fetch: httpsFetch(rootCaPath), retries: 0 })

/** A CA of one's own, which the service trusts as docs/allocation.md says. */
async function plantTls() {
  const at = Date.now()
  const root = await issueRoot({ commonName: 'Plant CA', at, random })
  const { pem, keyPem } = await issueServer({ names: ['127.0.0.1'], ca: root, at, random })
  const path = join(dir, 'plant-ca.pem')
  writeFileSync(path, root.pem)
  vi.stubEnv('NODE_EXTRA_CA_CERTS', path)
  return { cert: pem, key: keyPem }
}

test('a webhook over HTTPS that was asked when the service was killed is asked again, for the same operation', async () => {
  await using webhook = await startWebhook(silence, await plantTls())
  service = await serve(dir)
  const { connection } = service
  const { attestation: made } = await clientOf(connection).enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line',
    attestation: attestation.symmetricKey(),
    allocationPolicy: 'custom',
    customAllocationDefinition: { webhookUrl: webhook.url, apiVersion: '2021-10-01' },
  })
  const device = ({ ports, rootCaPath, idScope }: ConnectionFile) => ({
    host: '127.0.0.1',
    port: ports.https,
    rootPem: readFileSync(rootCaPath, 'utf8'),
    idScope,
    registrationId: 'press-1',
    symmetricKey: deriveDeviceKey(made.symmetricKey?.primaryKey ?? '', 'press-1'),
  })
  const registering = registerRaw(device(connection)).catch(() => undefined)
  await webhook.waitFor(1)
  await service.end('SIGKILL')
  await registering

  webhook.behave = json({ iotHubHostName: connection.deviceEndpoint.split(':')[0], payload: { n: 1 } })
  service = await serve(dir)
  await webhook.waitFor(2)
  const client = clientOf(service.connection)
  await vi.waitFor(
    async () => expect(await client.registrations.get('press-1')).toMatchObject({ status: 'assigned' }),
    10_000,
  )
  const [first, second] = webhook.asked.map(({ headers }) => headers['x-landfall-operation-id'])
  expect(first).toBeDefined()
  expect(second).toBe(first)

  const { body } = await registerRaw(device(service.connection))
  expect(body.registrationState).toMatchObject({ status: 'assigned', payload: { n: 1 } })
  const again = JSON.parse(webhook.asked.at(-1)?.body ?? '')
  expect(again.deviceRuntimeContext).toMatchObject({ currentDeviceId: 'press-1' })
})
