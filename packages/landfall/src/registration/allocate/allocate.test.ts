import { expect, test } from 'vitest'
import type { IndividualEnrollment } from '../../enrollment/enrollment.ts'
import { hubNameOf, keyOf, makeEtag, parseRegistrationId } from '../../ids.ts'
import { realRandom as random } from '../../system.ts'
import { allocate } from './allocate.ts'

const registrationId = parseRegistrationId('dev-1')
const key = keyOf(registrationId)
const [a, b, gone] = [hubNameOf('a.example'), hubNameOf('b.example'), hubNameOf('gone.example')]
const hubs = [a, b].map((name) => ({ name, weight: 1, applyAllocationPolicy: true }))

function enrollment(members: Partial<IndividualEnrollment>): IndividualEnrollment {
  const attestation = { type: 'symmetricKey', primaryKey: '', secondaryKey: '' } as const
  const common = { provisioningStatus: 'enabled', createdAt: 0, updatedAt: 0, etag: makeEtag(random) } as const
  return { kind: 'individual', registrationId, key, attestation, ...common, ...members }
}

const ask = (
  members: Partial<IndividualEnrollment>,
  defaultPolicy: 'hashed' | 'static' | 'geoLatency' = 'hashed',
  linked = hubs,
) => allocate({ key, enrollment: enrollment(members), hubs: linked, defaultPolicy })

test("the instance's policy rules where the enrollment has none", () => {
  expect(ask({ iotHubs: [b] }, 'static')).toMatchObject({ hub: b, says: expect.stringContaining('Static') })
  expect(ask({ iotHubs: [b] }, 'hashed')).toMatchObject({ hub: b, says: expect.stringContaining('Hashed') })
})

test('the older field beats the policy of the instance, but none of the enrollment', () => {
  expect(ask({ iotHubHostName: b })).toMatchObject({ hub: b })
  expect(ask({ iotHubHostName: b, allocationPolicy: 'hashed', iotHubs: [a] })).toMatchObject({ hub: a })
  expect(ask({ iotHubHostName: b, allocationPolicy: 'static' })).toMatchObject({ hub: b })
})

test('static without a named hub takes the only candidate, and does not choose among several', () => {
  const drained = hubs.map((hub) => ({ ...hub, applyAllocationPolicy: hub.name !== a }))
  expect(ask({ allocationPolicy: 'static' }, 'hashed', drained)).toMatchObject({ hub: b })
  expect(ask({ allocationPolicy: 'static' }, 'hashed', hubs)).toMatchObject({ fault: { reason: 'no_hub' } })
})

test('an empty list follows whatever is linked, a list does not', () => {
  const added = { name: gone, weight: 1, applyAllocationPolicy: true }
  expect(ask({ iotHubs: [] }, 'hashed', [added])).toMatchObject({ hub: gone })
  expect(ask({ iotHubs: [a] }, 'hashed', [...hubs, added])).toMatchObject({ hub: a })
})

test('a hub that is excluded from allocation is no candidate, listed or not', () => {
  const drained = hubs.map((hub) => ({ ...hub, applyAllocationPolicy: hub.name !== a }))
  expect(ask({}, 'hashed', drained)).toMatchObject({ hub: b })
  expect(ask({ iotHubs: [a, b] }, 'hashed', drained)).toMatchObject({ hub: b })
})

test('a listed hub that is no longer linked is named, not replaced', () => {
  expect(ask({ iotHubs: [gone] })).toMatchObject({ fault: { reason: 'hub_not_linked', facts: { hub: gone } } })
})

test('geo-latency without knowledge of places goes by weight, and says so', () => {
  expect(ask({ allocationPolicy: 'geoLatency', iotHubs: [a] })).toMatchObject({
    hub: a,
    says: expect.stringContaining('The place of the device is not known'),
  })
})

const custom = {
  allocationPolicy: 'custom',
  customAllocationDefinition: { webhookUrl: 'https://u:p@allocate.example/api?code=secret', apiVersion: '2021-10-01' },
} as const

test('custom allocation offers the candidates to a webhook, and shows no secret of its URL', () => {
  expect(ask(custom)).toEqual({
    offered: [a, b],
    says: `Custom allocation: the webhook "https://allocate.example/api?****" chooses among ${a}, ${b}.`,
  })
  expect(ask({ ...custom, iotHubs: [b] })).toMatchObject({ offered: [b] })
  const drained = hubs.map((hub) => ({ ...hub, applyAllocationPolicy: hub.name !== a }))
  expect(ask(custom, 'hashed', drained)).toMatchObject({ offered: [b] })
})

test('custom allocation without anything to choose is told as for every policy', () => {
  expect(ask(custom, 'hashed', [])).toMatchObject({ fault: { reason: 'no_hub' } })
})
