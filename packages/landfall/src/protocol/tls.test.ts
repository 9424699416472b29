import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { caTrue, type Forged, forge } from '../../test/forge.ts'
import { assigned } from '../../test/transport/recorder.ts'
import { call, dial, startTransports, type TransportWorld } from '../../test/transport/world.ts'
import { toPem } from '../x509/pem.ts'

const pemOf = ({ certificate }: Forged) => toPem(certificate.der)
const keyOf = ({ keys }: Forged) => keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const register = '/0ne/registrations/dev-1/register?api-version=2019-03-31'

/** What the engine may see of the chain, asking for more than the `known` certificates. */
async function seen(
  world: TransportWorld,
  cert: string | undefined,
  version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
  { key = cert && world.pki.device.key, known = 0, vouch = false } = {},
) {
  let chain: readonly Uint8Array[] = []
  world.device.onRegister = ({ registrationId, evidence }) => {
    chain = evidence.more?.(known) ?? []
    if (vouch) evidence.vouch?.()
    return assigned(registrationId)
  }
  await call(world, 'PUT', register, { cert, key, minVersion: version, maxVersion: version })
  return chain.map((der) => new X509Certificate(der).subject.replace('CN=', ''))
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a chain is seen from the device up to what was sent, and no further, once its issuer has a device (${version})`, async () => {
    await using world = await startTransports()
    const { device, unrelated, root, intermediate } = world.pki
    expect(await seen(world, device.pem, version)).toEqual(['dev-1'])
    const up = ['dev-1', 'Test intermediate']
    expect(await seen(world, device.pem + intermediate.pem, version, { vouch: true })).toEqual(up)
    expect(await seen(world, device.pem + intermediate.pem + root.pem + unrelated.pem, version)).toEqual([
      ...up,
      'Test root',
    ])
    expect(await seen(world, unrelated.pem + root.pem, version, { key: unrelated.key })).toEqual([
      'of-no-chain',
      'Test root',
    ])
  })

  test(`keys on curves that Node cannot show do not end the service (${version})`, async () => {
    await using world = await startTransports()
    for (const namedCurve of ['secp256k1', 'brainpoolP256r1']) {
      const ca = forge({ subject: 'X', keys: generateKeyPairSync('ec', { namedCurve }), extensions: [caTrue()] })
      const leaf = forge({ subject: 'dev-1', by: ca })
      const chain = pemOf(leaf) + pemOf(ca)
      const up = ['dev-1', 'X']
      expect(await seen(world, chain, version, { key: keyOf(leaf), vouch: true })).toEqual(up)
      expect(await seen(world, chain, version, { key: keyOf(leaf) })).toEqual(up)
    }
  })

  test(`every certificate that was sent is seen, in its order, when the engine misses one (${version})`, async () => {
    await using world = await startTransports()
    const { device, unrelated, root, intermediate } = world.pki
    const sent = device.pem + unrelated.pem + root.pem + intermediate.pem
    expect(await seen(world, sent, version, { known: 2 })).toEqual([
      'dev-1',
      'of-no-chain',
      'Test root',
      'Test intermediate',
    ])
  })

  test(`a session is never resumed, because it would lose the intermediates (${version})`, async () => {
    await using world = await startTransports()
    const options = { minVersion: version, maxVersion: version } as const
    const first = await dial(world, world.httpsPort, options)
    const session = await new Promise<Buffer | undefined>((resolve) => {
      first.once('session', resolve)
      if (version === 'TLSv1.2') resolve(first.getSession())
      else first.write('GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      first.once('close', () => resolve(first.getSession()))
      first.resume()
    })
    expect(session).toBeDefined()
    const second: TLSSocket = await dial(world, world.httpsPort, { ...options, session })
    expect(second.isSessionReused()).toBe(false)
    first.destroy()
    second.destroy()
  })
}

test("a device's own certificate is on a curve that Node can show, or is not asked for", async () => {
  await using world = await startTransports()
  const odd = forge({ subject: 'dev-1', keys: generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }) })
  expect(await seen(world, pemOf(odd), 'TLSv1.3', { key: keyOf(odd) })).toEqual([])
})

test('a client without certificate, and one with a self-signed certificate, come through the handshake', async () => {
  await using world = await startTransports()
  expect(await seen(world, undefined)).toEqual([])
  const { unrelated } = world.pki
  await call(world, 'PUT', register, { cert: unrelated.pem, key: unrelated.key })
  expect(world.device.registered.at(-1)?.evidence.certificates).toHaveLength(1)
})

test('refuses TLS 1.1 and key exchange without forward secrecy', async () => {
  await using world = await startTransports()
  const weak = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
  await expect(dial(world, world.httpsPort, weak)).rejects.toThrow()
  const plainRsa = { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' } as const
  await expect(dial(world, world.httpsPort, plainRsa)).rejects.toThrow()
})

test('memory stays flat, however many certificates strangers send along', async () => {
  await using world = await startTransports()
  const { device, unrelated } = world.pki
  // one context for all, as each of the client's own would weigh as much as what is looked for
  const cert = device.pem + unrelated.pem.repeat(30)
  const secureContext = createSecureContext({ ca: world.pki.root.pem, cert, key: device.key })
  const registerTimes = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await call(world, 'PUT', register, { secureContext } as object)
    world.device.registered.length = 0
    return process.memoryUsage().rss / 1024 / 1024
  }
  const before = await registerTimes(150)
  // 72 MiB where every certificate read is lost, as by getPeerX509Certificate()
  expect((await registerTimes(300)) - before).toBeLessThan(36)
})
