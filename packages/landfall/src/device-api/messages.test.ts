import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assigned, assigning, operationId, registrationOf } from '../../test/transport/recorder.ts'
import type { GroupId, GroupKey } from '../ids.ts'
import { readRegister, renderAnswer, renderRegistration, toAscii } from './messages.ts'

const bytes = (text: string) => Buffer.from(text)
const old = { apiVersion: '2019-03-31', bare: false }
const group = { key: 'grp' as GroupKey, id: 'Grp' as GroupId }

test('no body, an empty one and a blank are all nothing', () => {
  for (const body of [undefined, bytes(''), bytes(' '), bytes('{}')]) {
    expect(readRegister(body)).toEqual({ bodyRegistrationId: undefined, payload: undefined, tpm: undefined })
  }
})

test('reads id, payload of any kind and TPM keys, and ignores the rest', () => {
  for (const payload of [{ a: 1 }, 'text', 5, null, [1], true]) {
    expect(readRegister(bytes(JSON.stringify({ registrationId: 'x', payload, csr: 'y' })))).toMatchObject({
      bodyRegistrationId: 'x',
      payload,
    })
  }
  expect(readRegister(bytes('\ufeff{"tpm":{"endorsementKey":"a","storageRootKey":"b"}}')).tpm).toEqual({
    endorsementKey: 'a',
    storageRootKey: 'b',
  })
  expect(readRegister(bytes('{"tpm":null,"registrationId":null}')).tpm).toBeUndefined()
})

const unreadable: readonly [string, string][] = [
  ['{', 'it is not JSON, from character 2 on'],
  ['\x7bx', 'it is not JSON, from character 2 on'],
  ['[]', 'it is not a JSON object'],
  ['null', 'it is not a JSON object'],
  ['{"registrationId":1}', 'registrationId is not a string'],
  ['{"tpm":"x"}', 'tpm is not an object'],
  ['{"tpm":{}}', 'tpm has no endorsementKey'],
  [`{"payload":${'['.repeat(64)}${']'.repeat(64)}}`, 'it is nested deeper than 64 levels'],
  [`{"payload":${'{"a":'.repeat(40_000 / 5)}`, 'it is nested deeper than 64 levels'],
]
for (const [body, why] of unreadable) {
  test(`refuses ${body.slice(0, 40)}: ${why}`, () => {
    expect(() => readRegister(bytes(body))).toThrow(`The request body cannot be read: ${why}.`)
  })
}

test('brackets inside of strings are no nesting', () => {
  const payload = '[{"\\'.repeat(200)
  expect(readRegister(bytes(JSON.stringify({ payload }))).payload).toBe(payload)
})

test('refuses a body of more than 96 KiB', () => {
  expect(() => readRegister(Buffer.alloc(96 * 1024 + 1, 0x20))).toThrow('larger than the 98304 bytes')
})

test('any bytes are read or refused, never more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      try {
        readRegister(body)
      } catch (error) {
        expect(error).toMatchObject({ name: 'ProvisioningError' })
      }
    }),
    { numRuns: 5000 },
  )
})

test('an assigned device is told everything that clients demand', () => {
  expect(renderAnswer(assigned('dev-1', { group }), old)).toEqual({
    operationId,
    status: 'assigned',
    registrationState: {
      x509: { enrollmentGroupId: 'Grp' },
      registrationId: 'dev-1',
      createdDateTimeUtc: '2030-01-01T00:00:00.000Z',
      assignedHub: 'hub.example',
      deviceId: 'dev-1',
      status: 'assigned',
      substatus: 'initialAssignment',
      lastUpdatedDateTimeUtc: '2030-01-01T00:00:01.000Z',
      etag: 'IjEi',
    },
  })
})

test('an individual certificate shows an empty member, an individual key none', () => {
  expect(renderRegistration(registrationOf('d'), old).x509).toEqual({})
  expect(renderRegistration(registrationOf('d', { attestation: 'symmetricKey' }), old)).not.toHaveProperty(
    'symmetricKey',
  )
  expect(renderRegistration(registrationOf('d', { attestation: 'symmetricKey', group }), old).symmetricKey).toEqual({
    enrollmentGroupId: 'Grp',
  })
})

const versions = [
  ['2018-11-01', 'initialAssignment'],
  ['2019-03-31', 'initialAssignment'],
  [undefined, 'initialAssignment'],
  ['2019-04-15', 'reprovisionedToInitialAssignment'],
  ['2021-11-01-preview', 'reprovisionedToInitialAssignment'],
  ['newest', 'reprovisionedToInitialAssignment'],
] as const
for (const [apiVersion, substatus] of versions) {
  test(`api-version ${apiVersion} sees a device that came back as ${substatus}`, () => {
    const registration = registrationOf('d', { substatus: 'reprovisionedToInitialAssignment' })
    expect(renderRegistration(registration, { apiVersion, bare: false }).substatus).toBe(substatus)
  })
}

test('a failed device is told code and message, and neither hub nor device id', () => {
  const change = { status: 'failed', errorCode: 400208, errorMessage: 'No hub.', payload: { a: 1 } } as const
  const shown = JSON.parse(JSON.stringify(renderRegistration(registrationOf('d', change), old)))
  expect(shown).toMatchObject({ status: 'failed', errorCode: 400208, errorMessage: 'No hub.' })
  for (const member of ['assignedHub', 'deviceId', 'substatus', 'payload']) expect(shown).not.toHaveProperty(member)
  expect(shown.lastUpdatedDateTimeUtc).toBeDefined()
})

test('a disabled device is told which enrollment, but not the cloud way', () => {
  const registration = registrationOf('d', { status: 'disabled', errorCode: 401003, errorMessage: 'Enable it.' })
  expect(renderRegistration(registration, old).errorMessage).toBe('Enable it.')
  expect(renderRegistration(registration, { ...old, bare: true }).errorMessage).toBeUndefined()
})

test('assigning has no state at first, and its id and status later', () => {
  expect(renderAnswer(assigning, old)).toEqual({ operationId, status: 'assigning' })
  expect(renderAnswer({ ...assigning, registration: registrationOf('d') }, old)).toEqual({
    operationId,
    status: 'assigning',
    registrationState: { registrationId: 'd', status: 'assigning' },
  })
})

test('ASCII JSON of any value is ASCII, and the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const written = toAscii({ value, text })
      expect(written).toMatch(/^[\x20-\x7e]*$/)
      expect(JSON.stringify(JSON.parse(written))).toEqual(JSON.stringify({ value, text }))
    }),
  )
})
