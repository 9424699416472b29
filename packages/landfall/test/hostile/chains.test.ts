/** Chains as badly behaved devices send them, through real TLS to a whole service. */

import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issueIntermediate, issueRoot } from '../../src/x509/issue.ts'
import { registerRaw } from '../raw-device.ts'
import { makeTestCa, proveRoot } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'

/** A group on the proven root, and a device two intermediates below it. */
async function deepDevice(world: World) {
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'deep',
    attestation: attestation.signingCertificate(ca.root.pem),
  })
  const common = { at: world.clock.now(), random: realRandom, days: 30 }
  const lower = await issueIntermediate({ ...common, commonName: 'Lower CA', ca: ca.intermediate })
  const device = await issueDevice({ ...common, registrationId: 'deep-1', ca: lower })
  const stranger = await issueRoot({ ...common, commonName: 'A stranger' })
  return { leaf: device.pem, lower: lower.pem, upper: ca.intermediate.pem, stranger: stranger.pem, key: device.keyPem }
}

function present(world: World, certificate: string, key: string) {
  const { connection } = world
  return registerRaw({
    host: world.host,
    port: connection.ports.https,
    rootPem: readFileSync(connection.rootCaPath, 'utf8'),
    idScope: connection.idScope,
    registrationId: 'deep-1',
    certificate,
    key,
  })
}

test('a chain is understood in whatever order it is sent, with whatever else', async () => {
  await using world = await startWorld()
  const { leaf, lower, upper, stranger, key } = await deepDevice(world)
  const orders = [
    [leaf, lower, upper],
    [leaf, upper, lower],
    [leaf, stranger, upper, lower],
    [leaf, upper, stranger, lower, stranger],
  ]
  for (const order of orders) {
    const { status, body } = await present(world, order.join(''), key)
    expect({ status, state: body.status }).toEqual({ status: 200, state: 'assigned' })
  }
})

test('a chain that lacks a certificate is refused by name, also when others were sent', async () => {
  await using world = await startWorld()
  const { leaf, lower, stranger, key } = await deepDevice(world)
  const { status, body } = await present(world, leaf + stranger + lower, key)
  expect({ status, info: body.info }).toEqual({ status: 401, info: { reason: 'chain_incomplete' } })
  expect(body.message).toContain('Lower CA')
})
