import { expect, test } from 'vitest'
import { ProvisioningError } from '../fault.ts'
import { StorageUnavailable } from '../store/store.ts'
import { refusalOf } from './errors.ts'

test('a disk that is full is a 503 that says so', () => {
  const refusal = refusalOf(new StorageUnavailable('the disk is full'))
  expect(refusal).toMatchObject({ reason: 'storage_unavailable', status: 503 })
  expect(refusal.message).toContain('the disk is full')
})

test('a refusal stays what it is; anything else is a 500 whose cause is for the log', () => {
  const refusal = new ProvisioningError('enrollment_not_found', { id: 'd' })
  const cause = new Error('a secret detail')
  expect(refusalOf(refusal)).toBe(refusal)
  expect(refusalOf(cause)).toMatchObject({ reason: 'internal', cause })
  expect(refusalOf(cause).message).not.toContain('secret')
})

test('a client that hangs up in the middle of its body is no failure of the service', () => {
  // as Fastify passes on what Node's stream of the request ends with
  const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 })
  expect(refusalOf(aborted)).toMatchObject({ reason: 'bad_request', status: 400 })
})
