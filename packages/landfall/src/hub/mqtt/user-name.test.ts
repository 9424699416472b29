import { expect, test } from 'vitest'
import { looksLikeHub, readUserName } from './user-name.ts'

const host = 'hub1.example'

// contract/iot-hub 10.1, 10.3
test.each([
  [`${host}/d1/?api-version=2021-04-12&DeviceClientType=a%2Fb`, 'd1', { deviceId: 'd1' }],
  [`${host}/d1/api-version=2016-11-14`, 'd1', { deviceId: 'd1' }],
  [`${host}/d1`, 'd1', { deviceId: 'd1' }],
  [`${host}/d1/m1/?api-version=2021-04-12`, 'd1/m1', { deviceId: 'd1', moduleId: 'm1' }],
  [`${host}/a?b#c/?api-version=2021-04-12`, 'a?b#c', { deviceId: 'a?b#c' }],
  [`${host}/a%23b/?api-version=2021-04-12`, 'a#b', { deviceId: 'a#b' }],
  [`${host}/a%23b/?api-version=2021-04-12`, 'a%23b', { deviceId: 'a%23b' }],
  [`${host}/d1/?api-version=x&model-id=dtmi%3Aa%3Bb%3B1`, 'd1', { deviceId: 'd1', modelId: 'dtmi:a;b;1' }],
  [`${host}/registrations/?api-version=2021-04-12`, 'registrations', { deviceId: 'registrations' }],
])('%s with the client id %s names its device', (userName, clientId, expected) => {
  expect(readUserName(userName, clientId)).toEqual({ host, ...expected })
})

test.each([
  ['another device', `${host}/d2/?api-version=2021-04-12`, 'd1'],
  ['a device that the client id begins with', `${host}/d/?api-version=2021-04-12`, 'd1'],
  ['no client id', `${host}/d1/?api-version=2021-04-12`, ''],
  ['no host', '/d1/?api-version=2021-04-12', 'd1'],
  ['a module for its device', `${host}/d1/?api-version=2021-04-12`, 'd1/m1'],
])('%s is refused', (_what, userName, clientId) => {
  expect(readUserName(userName, clientId)).toBeUndefined()
})

test('what has no host and no device is for nobody here', () => {
  expect([looksLikeHub('device'), looksLikeHub('/d1'), looksLikeHub('h/'), looksLikeHub('h/d')]).toEqual([
    false,
    false,
    false,
    true,
  ])
})
