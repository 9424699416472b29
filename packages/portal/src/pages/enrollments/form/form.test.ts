import { expect, test } from 'vitest'
import type { EnrollmentView } from '../../../api/enrollments.ts'
import { bodyOf } from './body.ts'
import { faultsOf } from './faults.ts'
import { type Form, newForm } from './form.ts'
import { mergeForms } from './merge.ts'
import { readForm } from './read-form.ts'

const info = {
  subjectName: 'CN=Plant 7 CA',
  sha1Thumbprint: 'AA',
  sha256Thumbprint: 'BB',
  issuerName: 'CN=Root',
  notBeforeUtc: '2030-01-01T00:00:00Z',
  notAfterUtc: '2031-01-01T00:00:00Z',
  serialNumber: '01',
  version: 3,
}

const group = {
  enrollmentGroupId: 'plant-7',
  attestation: { type: 'x509', x509: { signingCertificates: { primary: { info }, secondary: { info } } } },
  capabilities: { iotEdge: false },
  initialTwin: { tags: { site: 'Gent' }, properties: { desired: { pace: 3 } } },
  etag: 'e1',
  provisioningStatus: 'enabled',
  reprovisionPolicy: { updateHubAssignment: false, migrateDeviceData: true },
  createdDateTimeUtc: '2030-01-01T00:00:00Z',
  lastUpdatedDateTimeUtc: '2030-01-02T00:00:00Z',
  allocationPolicy: 'static',
  iotHubs: ['one.example'],
  ofTheFuture: { kept: true },
} as const satisfies EnrollmentView & { readonly ofTheFuture: object }

const form = (changes: Partial<Form>, kind: 'group' | 'individual' = 'group'): Form => ({
  ...newForm(kind),
  id: 'plant-7',
  mechanism: 'symmetricKey',
  ...changes,
})

test('an enrollment that is read and saved unchanged is the same, without what only the service may say', () => {
  const { etag: _, createdDateTimeUtc: __, lastUpdatedDateTimeUtc: ___, attestation: ____, ...rest } = group
  expect(bodyOf('group', readForm(group), group)).toEqual({
    ...rest,
    // shown twice, stored once; the certificate is found again by its thumbprint
    attestation: { type: 'x509', x509: { signingCertificates: { primary: { info } } } },
  })
})

test('a new group with nothing but a name asks for keys made by the service', () => {
  expect(bodyOf('group', form({}))).toEqual({
    enrollmentGroupId: 'plant-7',
    attestation: { type: 'symmetricKey' },
    capabilities: { iotEdge: false },
    provisioningStatus: 'enabled',
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: true },
    allocationPolicy: 'hashed',
  })
})

test.each([
  {
    mechanism: 'caReferences',
    given: { caPrimary: 'root', caSecondary: 'next' },
    attestation: { type: 'x509', x509: { caReferences: { primary: 'root', secondary: 'next' } } },
  },
  {
    mechanism: 'signingCertificates',
    given: { certificates: { primary: { certificate: 'MIIB', info }, secondary: { info } } },
    attestation: {
      type: 'x509',
      x509: { signingCertificates: { primary: { certificate: 'MIIB' }, secondary: { info } } },
    },
  },
  {
    mechanism: 'clientCertificates',
    given: { certificates: { primary: { certificate: 'MIIB', info } } },
    attestation: { type: 'x509', x509: { clientCertificates: { primary: { certificate: 'MIIB' } } } },
  },
  {
    mechanism: 'symmetricKey',
    given: { keysGiven: true, primaryKey: ' AAAA ', secondaryKey: '' },
    attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: 'AAAA', secondaryKey: undefined } },
  },
  {
    mechanism: 'tpm',
    given: { endorsementKey: 'AToA', storageRootKey: '' },
    attestation: { type: 'tpm', tpm: { endorsementKey: 'AToA' } },
  },
] as const)('attestation by $mechanism is sent as the service API has it', ({ mechanism, given, attestation }) => {
  expect(bodyOf('individual', form({ ...given, mechanism }, 'individual')).attestation).toEqual(attestation)
})

test.each([
  { wrong: {}, faults: {} },
  { wrong: { id: '' }, faults: { id: 'idMissing' } },
  { wrong: { id: 'ends with a dot.' }, faults: { id: 'idBad' } },
  { wrong: { id: '<img src=x>' }, faults: { id: 'idBad' } },
  { wrong: { id: 'a'.repeat(129) }, faults: { id: 'idBad' } },
  { wrong: { mechanism: 'caReferences' }, faults: { caPrimary: 'caMissing' } },
  { wrong: { mechanism: 'signingCertificates' }, faults: { certificates: 'certificateMissing' } },
  { wrong: { mechanism: 'tpm' }, faults: { endorsementKey: 'endorsementKeyMissing' } },
  { wrong: { keysGiven: true, primaryKey: 'short' }, faults: { primaryKey: 'keyBad' } },
  { wrong: { keysGiven: true, secondaryKey: btoa('only 15 bytes..') }, faults: { secondaryKey: 'keyBad' } },
  { wrong: { hubs: ['one', 'two'], allocation: 'static' }, faults: { hubs: 'oneHubOnly' } },
  { wrong: { hubs: ['one'], allocation: '' }, faults: { allocation: 'policyMissing' } },
  { wrong: { allocation: 'custom' }, faults: { webhookUrl: 'webhookMissing' } },
  { wrong: { allocation: 'custom', webhookUrl: 'http://example.org/' }, faults: { webhookUrl: 'webhookBad' } },
  {
    wrong: { allocation: 'custom', webhookUrl: 'http://localhost:1/', webhookApiVersion: 'new' },
    faults: { webhookApiVersion: 'apiVersionBad' },
  },
  { wrong: { tags: '[1]' }, faults: { tags: 'jsonBad' } },
  { wrong: { desired: '{' }, faults: { desired: 'jsonBad' } },
] as const)('a form with $wrong has the faults $faults', ({ wrong, faults }) => {
  expect(faultsOf('group', form(wrong as Partial<Form>))).toEqual(faults)
})

test('a device id may have characters that a registration id may not', () => {
  expect(faultsOf('individual', form({ deviceId: 'pump#12!' }, 'individual'))).toEqual({})
  expect(faultsOf('individual', form({ deviceId: 'a b' }, 'individual'))).toEqual({ deviceId: 'deviceIdBad' })
})

test('what was typed stays when somebody else saved meanwhile, what was not touched becomes theirs', () => {
  const before = readForm(group)
  const now = { ...before, tags: '{"site":"Brugge"}', enabled: false }
  const typed = { ...before, desired: '{"pace":9}', enabled: false, tags: '{"site":"Luik"}' }
  const merged = mergeForms(typed, before, now)
  expect(merged.form).toEqual({ ...before, enabled: false, desired: '{"pace":9}', tags: '{"site":"Luik"}' })
  expect(merged.theirs).toEqual(['enabled', 'tags'])
  expect(merged.both).toEqual(['enabled', 'tags'])
})
