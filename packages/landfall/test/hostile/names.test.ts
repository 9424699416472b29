/** What stands in a device's certificate is its maker's choice: it names one device only, and stays text. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toPem } from '../../src/x509/pem.ts'
import { caTrue, days, type Forged, forge, keyId } from '../forge.ts'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

let world: World
let ca: Forged

beforeAll(async () => {
  world = await startWorld()
  ca = forge({ subject: 'Plant CA', extensions: [caTrue()], ...valid() })
  const pem = toPem(ca.certificate.der)
  await operator(world, 'PUT', 'certificates/plant', { certificate: pem, isVerified: true })
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'plant',
    attestation: attestation.signingCertificate(pem),
  })
})
afterAll(() => world[Symbol.asyncDispose]())

const valid = () => ({ notBefore: world.clock.now() - days(1), notAfter: world.clock.now() + days(10) })

function register(registrationId: string, commonName: string) {
  const { certificate, keys } = forge({ subject: commonName, by: ca, extensions: [keyId('d')], ...valid() })
  const { rootCaPath, idScope, ports } = world.connection
  return registerRaw({
    host: world.host,
    port: ports.https,
    rootPem: readFileSync(rootCaPath, 'utf8'),
    idScope,
    registrationId,
    certificate: toPem(certificate.der),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  })
}

test('a common name in another letter case is the same device', async () => {
  expect((await register('pump-k1', 'PUMP-K1')).body.status).toBe('assigned')
})

test.each([
  ['the Kelvin sign', 'pump-\u212a1'],
  ['a full-width k', 'pump-\uff4b1'],
  ['a blank at the end', 'pump-k1 '],
  ['a line feed at the end', 'pump-k1\n'],
  ['what stands behind a NUL', 'pump-k1\0.example.com'],
])('a common name that differs by %s is another device', async (_difference, commonName) => {
  const { status, body } = await register('pump-k1', commonName)
  expect([status, body.errorCode]).toEqual([401, 401002])
})

test('a name of control characters and great length is told, and remembered, as short text', async () => {
  const { body } = await register('pump-2', `\u001b]0;owned\u0007\u202e${'x'.repeat(10_000)}`)
  const [attempt] = await operator(world, 'GET', 'attempts?registrationId=pump-2')
  for (const sentence of [body.message ?? '', ...attempt.trail.map(({ says }: { says: string }) => says)]) {
    expect(sentence).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    expect(sentence.length).toBeLessThan(600)
  }
})
