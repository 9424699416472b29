import { expect, test } from 'vitest'
import { assigned, assigning, makeRecorder, operationId } from '../../test/transport/recorder.ts'
import { call, startTransports } from '../../test/transport/world.ts'
import { ProvisioningError } from '../fault.ts'
import type { RegistrationRequest, StatusRequest } from '../registration/request.ts'
import { withPace } from './pace.ts'

const request = { registrationId: 'dev-1' } as RegistrationRequest

test('fast is the engine as it is', () => {
  const device = makeRecorder()
  expect(withPace(device, 'fast')).toBe(device)
})

test('cloud says assigning first, and the rest when asked', async () => {
  const device = makeRecorder()
  device.onPoll = () => assigned('dev-1')
  const paced = withPace(device, 'cloud')
  expect(await paced.register(request)).toEqual({ ...assigning, retryAfterSeconds: 3 })
  expect(await paced.operationStatus({ ...request, operationId } as StatusRequest)).toEqual(assigned('dev-1'))
})

test('cloud tells a refusal at once', async () => {
  const device = makeRecorder()
  device.onRegister = () => {
    throw new ProvisioningError('sas_expired')
  }
  await expect(withPace(device, 'cloud').register(request)).rejects.toMatchObject({ reason: 'sas_expired' })
})

test('over HTTPS the cloud way is 202 with Retry-After 3 and Location, and the poll has the hub', async () => {
  await using world = await startTransports({ wrap: (device) => withPace(device, 'cloud') })
  const path = '/0ne/registrations/dev-1'
  const first = await call(world, 'PUT', `${path}/register?api-version=2019-03-31`)
  expect(first).toMatchObject({ status: 202, body: { operationId, status: 'assigning' } })
  expect(first.headers).toMatchObject({
    'retry-after': '3',
    location: `https://localhost:${world.httpsPort}${path}/register`,
  })
  expect(first.body.registrationState).toBeUndefined()
  const second = await call(world, 'GET', `${path}/operations/${operationId}?api-version=2019-03-31`)
  expect(second).toMatchObject({ status: 200, body: { registrationState: { assignedHub: 'hub.example' } } })
})
