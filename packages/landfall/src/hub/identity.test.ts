import { expect, test } from 'vitest'
import { hubNameOf, parseDeviceId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { realRandom as random } from '../system.ts'
import { newDevice, updatedDevice } from './identity.ts'
import { parseIdentity } from './identity-wish.ts'

const making = { at: Date.parse('2030-01-01T00:00:00Z'), random }
const later = { at: Date.parse('2030-01-02T00:00:00Z'), random }
const sha1 = 'ab'.repeat(20)
const sha256 = 'CD'.repeat(32)
const key = Buffer.alloc(36, 1).toString('base64')

const created = (body: JsonObject) =>
  newDevice({ hub: hubNameOf('hub.test'), deviceId: parseDeviceId('d1'), wish: parseIdentity(body) }, making)
const updated = (before: JsonObject, body: JsonObject) => updatedDevice(created(before), parseIdentity(body), later)

const made = {
  type: 'sas',
  primaryKey: expect.stringMatching(/^.{44}$/),
  secondaryKey: expect.stringMatching(/^.{44}$/),
}
const emptyKeys = { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } }

const authentications: [string, JsonObject | null | undefined, object][] = [
  ['none named: keys are made', undefined, made],
  ['null: keys are made', null, made],
  ['empty keys, as Node sends them: keys are made', emptyKeys, made],
  ['null keys: keys are made', { type: 'sas', symmetricKey: { primaryKey: null, secondaryKey: null } }, made],
  ['one key: the other is made', { type: 'sas', symmetricKey: { primaryKey: key } }, { ...made, primaryKey: key }],
  [
    'keys of 36 bytes',
    { symmetricKey: { primaryKey: key, secondaryKey: key } },
    { type: 'sas', primaryKey: key, secondaryKey: key },
  ],
  [
    'SHA-1, any case',
    { type: 'selfSigned', x509Thumbprint: { primaryThumbprint: sha1 } },
    { type: 'selfSigned', primaryThumbprint: sha1.toUpperCase() },
  ],
  [
    'SHA-256, no type',
    { x509Thumbprint: { secondaryThumbprint: sha256, primaryThumbprint: null } },
    { type: 'selfSigned', secondaryThumbprint: sha256 },
  ],
  [
    'a CA',
    { type: 'certificateAuthority', x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null } },
    { type: 'certificateAuthority' },
  ],
  ['none', { type: 'none' }, { type: 'none' }],
  ['a type in other letter case', { type: 'SAS' }, made],
]

test.each(authentications)('takes authentication: %s', (_title, authentication, stored) => {
  expect(created({ authentication }).authentication).toEqual(stored)
})

const refused: [string, JsonObject, RegExp][] = [
  [
    'a key that is not base64',
    { authentication: { type: 'sas', symmetricKey: { primaryKey: '***' } } },
    /primaryKey .* base64/,
  ],
  [
    'a key of 15 bytes',
    { authentication: { symmetricKey: { secondaryKey: Buffer.alloc(15).toString('base64') } } },
    /16 to 64/,
  ],
  [
    'a key of 65 bytes',
    { authentication: { symmetricKey: { primaryKey: Buffer.alloc(65).toString('base64') } } },
    /16 to 64/,
  ],
  [
    'a thumbprint of 41 digits',
    { authentication: { x509Thumbprint: { primaryThumbprint: `${sha1}a` } } },
    /40 \(SHA-1\) or 64/,
  ],
  [
    'a thumbprint with colons',
    { authentication: { x509Thumbprint: { primaryThumbprint: 'ab:'.repeat(20) } } },
    /without separators/,
  ],
  [
    'thumbprints of two hashes',
    { authentication: { x509Thumbprint: { primaryThumbprint: sha1, secondaryThumbprint: sha256 } } },
    /both SHA-1 or both/,
  ],
  ['selfSigned without a thumbprint', { authentication: { type: 'selfSigned' } }, /at least one x509Thumbprint/],
  ['an unknown type', { authentication: { type: 'password' } }, /not "password"/],
  ['an authentication that is no object', { authentication: 'sas' }, /object with a type/],
  ['an unknown status', { status: 'paused' }, /"enabled" or "disabled", not "paused"/],
  ['a status reason of 129 characters', { statusReason: 'x'.repeat(129) }, /at most 128/],
  ['capabilities that are no object', { capabilities: true }, /iotEdge/],
  ['parent scopes that are no array', { parentScopes: 'x' }, /array/],
  ['a parent scope that no hub gave', { parentScopes: ['x'] }, /parentScopes names the scope of an edge device/],
  ['a device scope that no hub gave', { deviceScope: 'x' }, /deviceScope names the scope of an edge device/],
  [
    'an edge device with a scope of the caller',
    { capabilities: { iotEdge: true }, deviceScope: 'ms-azure-iot-edge://x-1' },
    /assigned by the hub/,
  ],
]

test.each(refused)('refuses %s', (_title, body, sentence) => {
  expect(() => created(body)).toThrow(sentence)
})

test('an update without keys keeps the stored ones, one with empty keys gets new ones', () => {
  const authentication = { type: 'sas', symmetricKey: { primaryKey: key, secondaryKey: key } }
  const stored = { type: 'sas', primaryKey: key, secondaryKey: key }
  expect(updated({ authentication }, {}).authentication).toEqual(stored)
  expect(updated({ authentication }, { authentication: { type: 'sas' } }).authentication).toEqual(stored)
  const renewed = updated({ authentication }, { authentication: emptyKeys }).authentication
  expect(renewed).toEqual(made)
  expect(renewed).not.toMatchObject({ primaryKey: key })
})

test('an update to sas of a device with a certificate makes keys', () => {
  const before = { authentication: { x509Thumbprint: { primaryThumbprint: sha1 } } }
  expect(updated(before, { authentication: emptyKeys }).authentication).toEqual(made)
})

test('an update is a replacement: what it does not name goes back to its default', () => {
  const after = updated({ status: 'disabled', statusReason: 'stolen' }, {})
  expect(after).toMatchObject({ status: 'enabled', statusReason: undefined, statusUpdatedAt: later.at })
})

test('an update makes a new etag and keeps the generation', () => {
  const before = created({})
  const after = updatedDevice(before, parseIdentity({}), later)
  expect(after.generationId).toBe(before.generationId)
  expect(after.etag).not.toBe(before.etag)
  expect(after.createdAt).toBe(making.at)
})

test('each creation is a new generation, eighteen digits long', () => {
  const generations = new Set(Array.from({ length: 5 }, () => created({}).generationId))
  expect([...generations].every((generation) => /^\d{18}$/.test(generation))).toBe(true)
  expect(generations.size).toBeGreaterThan(1)
})

test('an edge device gets a scope of its own, and its children carry it', () => {
  const parent = created({ capabilities: { iotEdge: true } })
  const scope = `ms-azure-iot-edge://d1-${parent.generationId}`
  expect(parent).toMatchObject({ iotEdge: true, deviceScope: scope })
  expect(created({ deviceScope: scope })).toMatchObject({ deviceScope: scope, parentScopes: [scope] })
  expect(created({ parentScopes: [scope] })).toMatchObject({ deviceScope: scope, parentScopes: [scope] })
})

test('an empty scope takes a child from its parent, whatever parent scopes stand beside it', () => {
  const scope = 'ms-azure-iot-edge://p-1'
  const orphan = updated({ deviceScope: scope }, { deviceScope: '', parentScopes: [scope] })
  expect([orphan.deviceScope, orphan.parentScopes]).toEqual([undefined, undefined])
})

test('an edge child names its parent and keeps a scope of its own', () => {
  const child = created({ capabilities: { iotEdge: true }, parentScopes: ['ms-azure-iot-edge://p-1'] })
  expect(child.deviceScope).toMatch(/^ms-azure-iot-edge:\/\/d1-\d+$/)
  expect(child.parentScopes).toEqual(['ms-azure-iot-edge://p-1'])
})

test('the scope of an edge device cannot be changed, but may be sent back', () => {
  const edge = created({ capabilities: { iotEdge: true } })
  const back = { capabilities: { iotEdge: true }, deviceScope: edge.deviceScope }
  expect(updatedDevice(edge, parseIdentity(back), later).deviceScope).toBe(edge.deviceScope)
  expect(() =>
    updatedDevice(edge, parseIdentity({ ...back, deviceScope: 'ms-azure-iot-edge://other-1' }), later),
  ).toThrow(/cannot be changed/)
})
