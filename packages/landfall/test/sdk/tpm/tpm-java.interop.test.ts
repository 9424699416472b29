/** The published Java SDK with a TPM, over each transport it has one on. The chip is the reverse of ours (test/tpm/fake-tpm.ts). */
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hub } from '../../hub/rig.ts'
import { activate, type FakeTpm, makeFakeTpm } from '../../tpm/fake-tpm.ts'
import { type JavaWorld, type Said, startJavaWorld } from '../java.ts'

const transports = ['HTTPS', 'AMQPS', 'AMQPS_WS'] as const
const idOf = (name: string) => `java-tpm-${name.toLowerCase().replaceAll(/[ _]/g, '-')}`

let java: JavaWorld
let chip: Chip
let devices: (name: string) => Said

beforeAll(async () => {
  java = await startJavaWorld()
  chip = await startChip(makeFakeTpm())
  const { host, connection, client } = java.world
  for (const transport of transports)
    await client.individualEnrollments.createOrUpdate({
      registrationId: idOf(transport),
      attestation: attestation.tpm(chip.endorsementKey),
    })
  const orders = transports.flatMap((transport) => [
    { case: transport, transport, registrationId: idOf(transport), tpm: `${chip.url}/${idOf(transport)}` },
    { case: `stranger ${transport}`, transport, registrationId: 'nobody', tpm: `${chip.url}/nobody` },
  ])
  devices = await java.run('Provisioning', { host, idScope: connection.idScope, devices: orders })
})
afterAll(async () => {
  chip?.server.close()
  await java?.[Symbol.asyncDispose]()
})

test.each(transports)('over %s it registers, and its TPM has the key of its hub', async (transport) => {
  const { result, error } = devices(transport)
  expect(error).toBeUndefined()
  expect(result).toMatchObject({ status: 'PROVISIONING_DEVICE_STATUS_ASSIGNED', deviceId: idOf(transport) })
  const { body } = await hub(java.world, `GET /devices/${idOf(transport)}`)
  expect(chip.keys.get(idOf(transport))?.toString('base64')).toBe(body.authentication.symmetricKey.primaryKey)
})

test.each(transports)('over %s one that is not enrolled is refused, and not left waiting', (transport) => {
  const { error = [] } = devices(`stranger ${transport}`)
  expect(error.join('\n')).toMatch(transport === 'HTTPS' ? /404201/ : /waiting for amqps connection to open/)
})

interface Chip {
  readonly server: Server
  readonly url: string
  readonly endorsementKey: string
  /** What each device's TPM signs with. */
  readonly keys: ReadonlyMap<string, Buffer>
}

/** `POST /{device}/{what}` with base64 in and out, for java/RemoteTpm.java. */
async function startChip(tpm: FakeTpm): Promise<Chip> {
  const keys = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const [, device = '', what] = (request.url ?? '').split('/')
    const bytes = Buffer.from(await text(request), 'base64')
    response.end(answerOf(tpm, keys, device, what, bytes).toString('base64'))
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const { port } = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${port}`, endorsementKey: tpm.endorsementKey.text, keys }
}

function answerOf(
  tpm: FakeTpm,
  keys: Map<string, Buffer>,
  device: string,
  what: string | undefined,
  bytes: Buffer,
): Buffer {
  if (what === 'endorsementKey' || what === 'storageRootKey') return Buffer.from(tpm[what].text, 'base64')
  if (what === 'sign')
    return createHmac('sha256', keys.get(device) ?? '')
      .update(bytes)
      .digest()
  const { key } = activate(tpm, bytes)
  keys.set(device, key)
  return Buffer.alloc(0)
}
