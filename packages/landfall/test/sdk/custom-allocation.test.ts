/** The published Node SDK registers devices whose hub a webhook chooses (contract/semantics 9). */
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { json, startWebhook, type Webhook } from '../webhook/webhook.ts'
import { startWorld, type World } from '../world.ts'
import { registerBySdk } from './register.ts'

let world: World
let webhook: Webhook

beforeAll(async () => {
  world = await startWorld({ standardPorts: true })
  webhook = await startWebhook(json({ iotHubHostName: world.host, payload: { broker: '€' } }))
})
afterAll(async () => {
  await webhook[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

async function enroll(groupId: string): Promise<string> {
  const group = await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: groupId,
    attestation: attestation.symmetricKey(),
    allocationPolicy: 'custom',
    customAllocationDefinition: { webhookUrl: webhook.url, apiVersion: '2021-10-01' },
  })
  return group.attestation.symmetricKey?.primaryKey ?? ''
}

test.each(['http', 'mqtt', 'mqttWs', 'amqp', 'amqpWs'] as const)(
  'over %s: the payload of the device reaches the webhook, and that of the webhook the device',
  async (transport) => {
    const registrationId = `press-${transport}`.toLowerCase()
    const symmetricKey = deriveDeviceKey(await enroll(`line-${transport}`), registrationId)
    const payload = { modelId: 'm1', site: 'Köln' }
    const { result } = await registerBySdk(world, { registrationId, transport, symmetricKey, payload })
    expect(result).toMatchObject({ status: 'assigned', assignedHub: world.host, payload: { broker: '€' } })
    const asked = JSON.parse(webhook.asked.at(-1)?.body ?? '')
    expect(asked).toMatchObject({
      enrollmentGroup: { enrollmentGroupId: `line-${transport}`, attestation: { type: 'symmetricKey' } },
      deviceRuntimeContext: { registrationId, symmetricKey: {}, payload },
      linkedHubs: [world.host],
    })
  },
)

test('a webhook that fails: the SDK is told 400207, and the attempt tells the operator why', async () => {
  const symmetricKey = deriveDeviceKey(await enroll('line-8'), 'press-8')
  const usual = webhook.behave
  webhook.behave = json({}, 500)
  const { error } = await registerBySdk(world, { registrationId: 'press-8', transport: 'http', symmetricKey })
  webhook.behave = usual
  expect(error?.result).toMatchObject({
    registrationState: { errorCode: 400207, errorMessage: 'Custom allocation failed with status code: 500' },
  })
  const answer = await world.fetch(`https://${world.authority}/landfall/attempts?registrationId=press-8`, {
    headers: { authorization: await world.token() },
  })
  expect(await answer.text()).toContain(`The webhook \\"http://127.0.0.1:${webhook.port}/allocate?****\\" answered 500`)
})
