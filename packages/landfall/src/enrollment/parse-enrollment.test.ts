import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asRefusal, ProvisioningError } from '../fault.ts'
import { parseGroup, parseIndividual } from './parse-enrollment.ts'

const attestation = { type: 'symmetricKey' }
const tpm = { type: 'tpm', tpm: { endorsementKey: 'EK' } }
const custom = { webhookUrl: 'https://unreachable.example/x', apiVersion: '2021-10-01' }
const key = (length: number) => Buffer.alloc(length, 7).toString('base64')

const individual = (more: object) => parseIndividual({ registrationId: 'd', attestation, ...more })
const group = (more: object) => parseGroup({ enrollmentGroupId: 'g', attestation, ...more })

function refusalOf(parse: () => unknown) {
  try {
    parse()
  } catch (error) {
    return asRefusal(error)
  }
}

test.each([
  [{ allocationPolicy: 'Hashed' }, { allocationPolicy: 'hashed' }],
  [{ allocationPolicy: 'geolatency' }, { allocationPolicy: 'geoLatency' }],
  [{ allocationPolicy: 'STATIC' }, { allocationPolicy: 'static' }],
  [{ iotHubs: [] }, { iotHubs: undefined }],
  [{ iotHubs: null }, { iotHubs: undefined }],
  [{ allocationPolicy: 'hashed', iotHubs: ['A.x', 'a.x', 'b.x'] }, { iotHubs: ['a.x', 'b.x'] }],
  [{ iotHubHostName: 'A.x' }, { iotHubHostName: 'a.x' }],
  [{ allocationPolicy: 'static', iotHubs: ['a.x'], iotHubHostName: 'a.x' }, { iotHubHostName: 'a.x' }],
  [
    { allocationPolicy: 'custom', customAllocationDefinition: custom },
    { customAllocationDefinition: custom, allocationPolicy: 'custom' },
  ],
  [{ customAllocationDefinition: { webhookUrl: null } }, { customAllocationDefinition: undefined }],
  [{ provisioningStatus: null }, { provisioningStatus: 'enabled' }],
  [{ provisioningStatus: 'Disabled' }, { provisioningStatus: 'disabled' }],
  [{ reprovisionPolicy: {} }, { reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: true } }],
  [
    { reprovisionPolicy: { updateHubAssignment: false, migrateDeviceData: false } },
    { reprovisionPolicy: { updateHubAssignment: false, migrateDeviceData: false } },
  ],
  [{ capabilities: { iotEdge: null } }, { capabilities: { iotEdge: false } }],
  [
    { attestation: { type: 'TPM', tpm: { endorsementKey: 'EK' } } },
    { attestation: { type: 'tpm', endorsementKey: 'EK' } },
  ],
  [{ attestation: { type: 'symmetricKey', tpm: null, x509: null } }, { attestation: { type: 'symmetricKey' } }],
  [{ registrationState: { status: 'assigned' }, etag: 'x', createdDateTimeUtc: 'never' }, { extra: undefined }],
  [{ trustBundleId: 'tb', newer: { a: [null] } }, { extra: { trustBundleId: 'tb', newer: { a: [null] } } }],
  [{ optionalDeviceInformation: {} }, { optionalDeviceInformation: {} }],
])('reads %j', (sent, expected) => {
  expect(individual(sent)).toMatchObject(expected)
})

test.each([
  ['iotHubs without a policy', { iotHubs: ['a.x'] }, 'Enrollment allocationPolicy must be specified when iotHubs'],
  ['static with two hubs', { allocationPolicy: 'static', iotHubs: ['a.x', 'b.x'] }, 'takes one hub'],
  ['two hubs that differ', { allocationPolicy: 'static', iotHubs: ['a.x'], iotHubHostName: 'b.x' }, 'iotHubHostName'],
  ['hubs that are no names', { allocationPolicy: 'hashed', iotHubs: [1] }, 'list of host names'],
  ['hubs that are no list', { allocationPolicy: 'hashed', iotHubs: 'a.x' }, 'list of host names'],
  ['an unknown policy', { allocationPolicy: 'random' }, 'hashed, geoLatency, static, custom'],
  ['custom without a definition', { allocationPolicy: 'custom' }, 'A CustomAllocationDefinition is required'],
  [
    'custom without a URL',
    { allocationPolicy: 'custom', customAllocationDefinition: { apiVersion: '2021-10-01' } },
    'webhookUrl is required',
  ],
  [
    'custom over plain http',
    { allocationPolicy: 'custom', customAllocationDefinition: { ...custom, webhookUrl: 'http://x.example' } },
    'https',
  ],
  [
    'custom without an api-version',
    { allocationPolicy: 'custom', customAllocationDefinition: { ...custom, apiVersion: 'new' } },
    'apiVersion',
  ],
  ['an unknown status', { provisioningStatus: 'paused' }, 'enabled, disabled'],
  ['a status that is no text', { provisioningStatus: 1 }, 'must be a string'],
  ['a capability that is no boolean', { capabilities: { iotEdge: 'yes' } }, 'capabilities.iotEdge'],
  [
    'a policy that is no boolean',
    { reprovisionPolicy: { migrateDeviceData: 0 } },
    'reprovisionPolicy.migrateDeviceData',
  ],
  ['a bad device id', { deviceId: 'a b' }, 'deviceId'],
  ['an empty device id', { deviceId: '' }, 'deviceId'],
  ['information that is no object', { optionalDeviceInformation: [1] }, 'optionalDeviceInformation'],
  ['no attestation', { attestation: null }, 'attestation is missing'],
  ['attestation without a type', { attestation: {} }, 'attestation.type is missing'],
  ['attestation of type none', { attestation: { type: 'none' } }, 'symmetricKey, tpm, x509'],
  ['a type without its member', { attestation: { type: 'x509' } }, 'attestation.x509 is missing'],
  ['two mechanisms', { attestation: { ...tpm, x509: {} } }, 'attestation.x509 too'],
  [
    'a blank endorsement key',
    { attestation: { type: 'tpm', tpm: { endorsementKey: ' ' } } },
    'endorsementKey is missing',
  ],
  ['no kind of x509', { attestation: { type: 'x509', x509: {} } }, 'exactly one of'],
  [
    'two kinds of x509',
    { attestation: { type: 'x509', x509: { clientCertificates: {}, caReferences: {} } } },
    'clientCertificates and caReferences',
  ],
  ['no slot', { attestation: { type: 'x509', x509: { clientCertificates: {} } } }, 'a primary, a secondary, or both'],
  [
    'a CA name with blanks',
    { attestation: { type: 'x509', x509: { caReferences: { primary: 'a b' } } } },
    'certificate name',
  ],
  [
    'signing certificates of a device',
    { attestation: { type: 'x509', x509: { signingCertificates: {} } } },
    'signingCertificates are of a group',
  ],
  ['a key of 15 bytes', { attestation: { ...attestation, symmetricKey: { primaryKey: key(15) } } }, '16 to 64 bytes'],
  ['a key of 65 bytes', { attestation: { ...attestation, symmetricKey: { secondaryKey: key(65) } } }, '16 to 64 bytes'],
  ['a key that is no base64', { attestation: { ...attestation, symmetricKey: { primaryKey: '%%%' } } }, 'base64'],
])('refuses %s with 400004 in a sentence', (_, sent, sentence) => {
  const refusal = refusalOf(() => individual(sent))
  expect(refusal?.code).toBe(400004)
  expect(refusal?.message).toContain(sentence)
})

test.each([16, 32, 64])('takes keys of %i bytes', (length) => {
  const symmetricKey = { primaryKey: key(length), secondaryKey: ` ${key(length)}\n` }
  expect(individual({ attestation: { ...attestation, symmetricKey } }).attestation).toEqual({
    type: 'symmetricKey',
    primaryKey: key(length),
    secondaryKey: key(length),
  })
})

test.each([
  ['TPM', { attestation: tpm }, 'cannot use TPM'],
  [
    'certificates of a device',
    { attestation: { type: 'x509', x509: { clientCertificates: {} } } },
    'clientCertificates are of one device',
  ],
])('a group cannot have %s', (_, sent, sentence) => {
  expect(refusalOf(() => group(sent))).toMatchObject({ code: 400004, message: expect.stringContaining(sentence) })
})

test('a group drops what only a device can have', () => {
  const draft = group({ deviceId: 'x', optionalDeviceInformation: { a: 1 }, registrationId: 'r' })
  expect(draft).not.toHaveProperty('deviceId')
  expect(draft.extra).toBeUndefined()
  expect(draft.notes).toEqual([expect.stringContaining('deviceId is ignored')])
})

test('the id of the body must be that of the path, letter case aside', () => {
  expect(parseIndividual({ registrationId: 'Dev', attestation }, 'dEV').registrationId).toBe('Dev')
  expect(refusalOf(() => parseIndividual({ registrationId: 'dev', attestation }, 'other'))?.code).toBe(400004)
  expect(refusalOf(() => parseIndividual({ attestation }, 'dev'))?.message).toContain('registrationId is missing')
  expect(refusalOf(() => parseGroup({ enrollmentGroupId: 'g.', attestation }))?.reason).toBe('bad_group_id')
})

test.each([[undefined], [null], ['text'], [[]], [1]])('%j is no enrollment', (sent) => {
  expect(refusalOf(() => parseIndividual(sent))?.code).toBe(400004)
  expect(refusalOf(() => parseGroup(sent))?.code).toBe(400004)
})

test('whatever is sent, the answer is a draft or a refusal', () => {
  const names = fc.constantFrom(
    'attestation',
    'type',
    'x509',
    'symmetricKey',
    'primary',
    'iotHubs',
    'initialTwin',
    'tags',
  )
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('x509', 'symmetricKey', 'static', null, 1, true, ''),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(names, tie('tree'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(names, tree), (more) => {
      try {
        individual(more)
      } catch (error) {
        expect(error).toBeInstanceOf(ProvisioningError)
      }
    }),
  )
})
