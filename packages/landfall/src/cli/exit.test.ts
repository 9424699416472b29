import { NotFoundError, ServiceUnreachableError } from 'landfall-client'
import { expect, test } from 'vitest'
import { ConfigError } from '../config.ts'
import { exitCodeOf, NoServiceError, UsageError } from './exit.ts'

const refused = new NotFoundError('No.', { status: 404, errorCode: 404201, reason: undefined, trackingId: undefined })

test.each([
  ['a failure is 1', new Error('broken'), 1],
  ['wrong usage is 2', new UsageError('no'), 2],
  ['a setting that cannot be used is 2', new ConfigError('no'), 2],
  ['a refusal of the service is 3', refused, 3],
  ['a service that cannot be reached is 4', new ServiceUnreachableError('a', new Error('ECONNREFUSED')), 4],
  ['no service at all is 4', new NoServiceError('/data'), 4],
])('%s', (_, error, code) => {
  expect(exitCodeOf(error)).toBe(code)
})
