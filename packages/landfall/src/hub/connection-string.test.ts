import { expect, test } from 'vitest'
import { readHubConnectionString } from './connection-string.ts'

const address = { host: 'hub1.azure-devices.net', policyName: 'iothubowner', key: 'a2V5PT0=' }

test.each([
  'HostName=hub1.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5PT0=',
  'SharedAccessKey=a2V5PT0=;SharedAccessKeyName=iothubowner;HostName=hub1.azure-devices.net;',
  ' hostname = hub1.azure-devices.net ; sharedaccesskeyname=iothubowner;sharedaccesskey=a2V5PT0= ',
])('reads %s', (text) => {
  expect(readHubConnectionString(text)).toEqual(address)
})

test.each([
  '',
  'HostName=hub1.azure-devices.net',
  'HostName=;SharedAccessKeyName=a;SharedAccessKey=b',
  'HostName=hub1/path;SharedAccessKeyName=a;SharedAccessKey=b',
  'HostName=user@hub1;SharedAccessKeyName=a;SharedAccessKey=b',
  'HostName=hub1;DeviceId=d;SharedAccessKey=b',
])('does not read %j', (text) => {
  expect(readHubConnectionString(text)).toBeUndefined()
})
