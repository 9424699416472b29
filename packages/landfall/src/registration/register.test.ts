import { expect, test } from 'vitest'
import { aKey, keys, makeWorld, signing, start } from '../../test/registration/world.ts'
import { realRandom as random } from '../system.ts'
import { issueDevice, issueRoot } from '../x509/issue.ts'

const at = start

test('a device of a group on a verified root is assigned, and stands on the hub with its thumbprint', async () => {
  await using world = await makeWorld()
  const root = await issueRoot({ commonName: 'Plant 7 CA', at, random })
  const device = await issueDevice({ registrationId: 'pump-12', ca: root, at, random })
  await world.ca('plant-7', root.certificate)
  await world.group('line-7', signing(root.certificate), { initialTwin: { desired: { speed: 7 } } })

  const answer = await world.register('pump-12', { certificates: [device.der] })

  expect(answer).toMatchObject({
    kind: 'assigned',
    registration: {
      assignedHub: 'hub-a.example',
      deviceId: 'pump-12',
      substatus: 'initialAssignment',
      group: { id: 'line-7' },
    },
  })
  const thumbprint = device.certificate.sha256Thumbprint
  expect((await world.device('hub-a.example', 'pump-12'))?.authentication).toEqual({
    type: 'selfSigned',
    primaryThumbprint: thumbprint,
    secondaryThumbprint: thumbprint,
  })
  expect((await world.twin('hub-a.example', 'pump-12'))?.desired).toEqual({ speed: 7 })
  expect((await world.store.attempts({ limit: 1 }))[0]).toMatchObject({ outcome: 'assigned', hub: 'hub-a.example' })
})

test('a device of an individual enrollment is assigned by its symmetric key', async () => {
  await using world = await makeWorld()
  await world.individual('dev-1', keys(aKey('a'), aKey('b')))
  const answer = await world.register('dev-1', { sasToken: world.token('dev-1', aKey('b')) })
  expect(answer).toMatchObject({ kind: 'assigned', registration: { attestation: 'symmetricKey', deviceId: 'dev-1' } })
  expect((await world.device('hub-a.example', 'dev-1'))?.authentication).toEqual({
    type: 'sas',
    primaryKey: aKey('a'),
    secondaryKey: aKey('b'),
  })
})
