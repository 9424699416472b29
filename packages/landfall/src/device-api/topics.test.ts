import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDeviceTopic, parseUserName, responseTopic } from './topics.ts'

const userNames: readonly [string, string | undefined, string | undefined][] = [
  ['0neX/registrations/dev-1/api-version=2019-03-31&ClientVersion=azure%2F1.9.1', '2019-03-31', 'azure%2F1.9.1'],
  ['0neX/registrations/dev-1/ClientVersion=a&api-version=2021-06-01&x=y', '2021-06-01', 'a'],
  ['0neX/registrations/dev-1/api-version=2019-03-31', '2019-03-31', undefined],
  ['0neX/registrations/dev-1/api-version=2019-03-31&ClientVersion=c/sdk 1=2', '2019-03-31', 'c/sdk 1=2'],
  ['0neX/registrations/dev-1/', undefined, undefined],
  ['0neX/registrations/dev-1', undefined, undefined],
]
for (const [text, apiVersion, clientVersion] of userNames) {
  test(`reads the user name ${text}`, () => {
    expect(parseUserName(text)).toEqual({ idScope: '0neX', registrationId: 'dev-1', apiVersion, clientVersion })
  })
}

const others = [
  '',
  '/',
  '0neX',
  '0neX/registrations',
  '0neX/registrations/',
  '/registrations/dev-1/api-version=2019-03-31',
  'hub.example/dev-1/?api-version=2021-04-12',
  'hub.example/registrations/?api-version=2021-04-12',
  'hub.example/registrations/module/?api-version=2021-04-12',
]
for (const text of others) {
  test(`"${text}" is no user name of a registration`, () => expect(parseUserName(text)).toBeUndefined())
}

test('whatever a user name holds is read or not, and what is read stands in it', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('/', 'registrations', '&', '=', '?', '%', '\0'))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const user = parseUserName(text)
      if (user) expect(text.startsWith(`${user.idScope}/registrations/${user.registrationId}`)).toBe(true)
    }),
    { numRuns: 20_000 },
  )
})

test('a user name of any scope, id and version comes back whole', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/)
  fc.assert(
    fc.property(name, name, name, (idScope, registrationId, apiVersion) => {
      const text = `${idScope}/registrations/${registrationId}/api-version=${apiVersion}`
      expect(parseUserName(text)).toEqual({ idScope, registrationId, apiVersion, clientVersion: undefined })
    }),
  )
})

test('a long hostile user name or topic takes no time', () => {
  const long = `0ne/registrations/${'/registrations'.repeat(4000)}${'?&='.repeat(2000)}`
  expect(parseUserName(long)?.registrationId ?? '').toBe('')
  expect(parseDeviceTopic(`$dps/registrations/PUT/iotdps-register/?${'$rid&'.repeat(10_000)}`)).toBeDefined()
})

test('reads register and query, and keeps the request id as it stands', () => {
  expect(parseDeviceTopic('$dps/registrations/PUT/iotdps-register/?$rid=a%20b')).toEqual({
    kind: 'register',
    rid: 'a%20b',
  })
  expect(parseDeviceTopic('$dps/registrations/PUT/iotdps-register/?x=1&$rid=1&forceRegistration=true')).toEqual({
    kind: 'register',
    rid: '1',
  })
  expect(parseDeviceTopic('$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=5.ab%2Dc.d')).toEqual({
    kind: 'query',
    rid: '2',
    operationId: '5.ab-c.d',
  })
})

test('a missing request id or operation id is seen as such', () => {
  expect(parseDeviceTopic('$dps/registrations/PUT/iotdps-register/')).toEqual({ kind: 'register', rid: undefined })
  expect(parseDeviceTopic('$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1')).toEqual({
    kind: 'query',
    rid: '1',
    operationId: '',
  })
})

for (const topic of [
  '',
  '$dps',
  '$dps/registrations/res/200/?$rid=1',
  '$DPS/registrations/PUT/iotdps-register/?$rid=1',
  'a/b',
]) {
  test(`"${topic}" is no request`, () => expect(parseDeviceTopic(topic)).toBeUndefined())
}

test('whatever a topic holds is read or not', () => {
  const prefix = fc.constantFrom(
    '$dps/registrations/PUT/iotdps-register/',
    '$dps/registrations/GET/iotdps-get-operationstatus/',
    '',
  )
  fc.assert(
    fc.property(prefix, fc.string({ unit: 'binary' }), (before, after) => {
      parseDeviceTopic(before + after)
    }),
    { numRuns: 20_000 },
  )
})

test('a response topic has the request id first and whole seconds', () => {
  expect(responseTopic(200, 'x', undefined)).toBe('$dps/registrations/res/200/?$rid=x')
  expect(responseTopic(202, '1', 1.2)).toBe('$dps/registrations/res/202/?$rid=1&retry-after=2')
})
