import { expect, test } from 'vitest'
import { ProvisioningError } from '../fault.ts'
import { makeRefusals } from './refusals.ts'

const refusal = new ProvisioningError('not_found', { method: 'GET', path: '/x' })

test('remembers a refusal by its tracking id, its path readable and without the query', () => {
  const refusals = makeRefusals()
  const url = `/enrollments/${encodeURIComponent('a\u202eb\n<c>')}?sig=secret`
  refusals.note({ method: 'GET', url }, refusal, { trackingId: 'one', at: 0 })
  expect(refusals.find('one')).toEqual({
    trackingId: 'one',
    at: 0,
    method: 'GET',
    path: '/enrollments/a\ufffdb\ufffd<c>',
    status: 404,
    errorCode: 404000,
    reason: 'not_found',
    message: refusal.message,
  })
  expect(refusals.find('other')).toBeUndefined()
})

test('forgets the oldest beyond its bound', () => {
  const refusals = makeRefusals(3)
  for (const trackingId of ['a', 'b', 'c', 'd'])
    refusals.note({ method: 'GET', url: '/' }, refusal, { trackingId, at: 0 })
  expect(['a', 'b', 'c', 'd'].map((id) => refusals.find(id)?.trackingId)).toEqual([undefined, 'b', 'c', 'd'])
})
