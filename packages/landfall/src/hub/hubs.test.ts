import { expect, test } from 'vitest'
import { hubNameOf } from '../ids.ts'
import { connectionStringOf } from '../sas/policy.ts'
import { realRandom as random } from '../system.ts'
import { newEmbeddedHub } from './hubs.ts'

const hub = newEmbeddedHub({ name: hubNameOf('Hub1.Test'), random })

test('a new hub is linked and has five policies with exactly their rights', () => {
  expect(hub).toMatchObject({ kind: 'embedded', name: 'hub1.test', linked: true })
  expect(Object.fromEntries(hub.policies.map(({ name, rights }) => [name, rights]))).toEqual({
    iothubowner: ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect'],
    service: ['ServiceConnect'],
    device: ['DeviceConnect'],
    registryRead: ['RegistryRead'],
    registryReadWrite: ['RegistryRead', 'RegistryWrite'],
  })
})

test('its ten keys are 32 bytes each and all different', () => {
  const keys = hub.policies.flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey])
  expect(keys.every((key) => Buffer.from(key, 'base64').length === 32)).toBe(true)
  expect(new Set(keys).size).toBe(10)
})

test('a policy is handed out as a connection string', () => {
  const [owner] = hub.policies
  expect(owner && connectionStringOf(owner, hub.name)).toBe(
    `HostName=hub1.test;SharedAccessKeyName=iothubowner;SharedAccessKey=${owner?.primaryKey}`,
  )
})
