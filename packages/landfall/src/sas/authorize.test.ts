import { expect, test } from 'vitest'
import { authorize } from './authorize.ts'
import type { SharedAccessPolicy } from './policy.ts'
import { makeToken } from './token.ts'

const at = Date.parse('2030-01-01T00:00:00Z')
const key = (fill: number) => Buffer.alloc(32, fill).toString('base64')
const reader: SharedAccessPolicy = {
  name: 'reader',
  primaryKey: key(1),
  secondaryKey: key(2),
  rights: ['EnrollmentRead'],
}
const owner: SharedAccessPolicy = {
  name: 'owner',
  primaryKey: key(3),
  secondaryKey: key(4),
  rights: ['EnrollmentWrite'],
}
const request = { hosts: ['dps.example', 'localhost'], path: '/enrollments/a', right: 'EnrollmentRead', at } as const

interface Case {
  readonly resource?: string
  readonly key?: string
  readonly policyName?: string
  readonly expiry?: number
}
const token = ({
  resource = 'dps.example',
  key: signing = key(1),
  policyName = 'reader',
  expiry = at + 60_000,
}: Case) => makeToken({ resource, key: signing, expiry, policyName })

test.each<[string, Case]>([
  ['the primary key', {}],
  ['the secondary key', { key: key(2) }],
  ['a host in capitals', { resource: 'DPS.Example' }],
  ['a host with its port', { resource: 'localhost:18443' }],
  ['a resource written as an address', { resource: 'https://localhost/' }],
  ['a prefix of the path', { resource: 'localhost/enrollments' }],
  ['a policy in another letter case', { policyName: 'Reader' }],
  ['a policy whose right implies the one asked for', { policyName: 'owner', key: key(3) }],
  ['four minutes past the expiry', { expiry: at - 240_000 }],
])('lets in with %s', (_title, given) => {
  expect(authorize({ ...request, authorization: token(given) }, [reader, owner])).toHaveProperty('policy')
})

test.each<[string, string, Case]>([
  ['token_wrong_key', 'another key', { key: key(9) }],
  ['token_wrong_resource', 'another host', { resource: 'evil.example' }],
  ['token_wrong_resource', 'a path that only begins alike', { resource: 'localhost/enroll' }],
  ['token_unknown_policy', 'an unknown policy', { policyName: 'nobody' }],
  ['token_expired', 'six minutes past the expiry', { expiry: at - 360_000 }],
])('refuses with %s: %s', (reason, _title, given) => {
  expect(authorize({ ...request, authorization: token(given) }, [reader, owner])).toMatchObject({ fault: { reason } })
})

test('a policy without the right is told which one it lacks', () => {
  const access = authorize({ ...request, right: 'EnrollmentWrite', authorization: token({}) }, [reader])
  expect(access).toMatchObject({
    fault: { reason: 'token_missing_right', facts: { right: 'EnrollmentWrite', policy: 'reader' } },
  })
})

test.each([
  [undefined, 'token_missing'],
  ['Bearer abc', 'token_bearer'],
  ['Basic abc', 'token_malformed'],
  [makeToken({ resource: 'localhost', key: key(1), expiry: at }), 'token_malformed'],
])('refuses %s with %s', (authorization, reason) => {
  expect(authorize({ ...request, authorization }, [reader])).toMatchObject({ fault: { reason } })
})
