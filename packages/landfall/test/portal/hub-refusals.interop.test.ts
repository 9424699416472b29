/** Devices that their hub does not let in, or cuts off: seen on the overview, in a list, and in the story of each. */
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { connectDevice, hub, makeDevice } from '../hub/rig.ts'
import { operator } from '../test-ca.ts'
import type { World } from '../world.ts'
import { narrow, startPortal } from './browser.ts'

const wrongKey = Buffer.alloc(32, 3).toString('base64')
const refused = (world: World, order: Parameters<typeof connectDevice>[1]) =>
  connectDevice(world, { deviceKey: wrongKey, ...order }).then(
    () => Promise.reject(new Error('it was let in')),
    (error: { code: number }) => error.code,
  )
const disable = (world: World, deviceId: string) =>
  hub(world, `PUT /devices/${deviceId}`, { deviceId, status: 'disabled' }, { 'if-match': '*' })

test('the overview counts each refusal of a hub as it happens, apart from those of devices that register', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await makeDevice(world, 'pump-1')
  await portal.open('/')
  await page.getByText('No hub of this service refused a device or cut one off.').waitFor()
  await refused(world, { deviceId: 'pump-1' })
  await refused(world, { deviceId: 'pump-2' })
  const byReason = page.getByRole('table').filter({ hasText: 'IotHubUnauthorized' }).getByRole('row')
  const proof = byReason.filter({ hasText: 'Proof not accepted' })
  await proof.getByRole('cell', { name: '1', exact: true }).waitFor()
  await byReason.filter({ hasText: 'Not on this hub' }).filter({ hasText: 'no device "pump-2"' }).waitFor()
  // the same device for the same reason: nothing is stored for it, and yet it is counted
  await refused(world, { deviceId: 'pump-1' })
  await proof.getByRole('cell', { name: '2', exact: true }).waitFor()
  await page.getByText('No device that registered was refused.').waitFor()
  expect(await portal.axe()).toEqual([])
  await page.getByRole('link', { name: 'Which devices' }).click()
  await page.getByRole('tab', { name: 'Refused by a hub', selected: true }).waitFor()
  expect(portal.problems).toEqual([])
})

test('they are listed, found and put in order, each with the way to its device and to the story of the newest', async () => {
  await using portal = await startPortal()
  const { page, world, url } = portal
  await makeDevice(world, 'pump-1')
  await portal.open(`/hubs/${world.host}`)
  await page.getByRole('link', { name: 'Which it did not let in, and why' }).click()
  await page.getByText('Nothing matches').waitFor()
  await page.getByRole('button', { name: 'Clear search and filters' }).click()
  await page.getByText('No hub has refused a device').waitFor()
  for (let tries = 0; tries < 3; tries++) await refused(world, { deviceId: 'pump-1' })
  await refused(world, { deviceId: 'valve-1', username: 'elsewhere.example/valve-1/?api-version=2021-04-12' })
  const rows = page.getByRole('grid', { name: 'Refused by a hub' }).getByRole('row')
  await rows.filter({ hasText: 'elsewhere.example' }).filter({ hasText: 'No such hub' }).waitFor()
  const pump = rows.filter({ hasText: 'pump-1' })
  await pump.filter({ hasText: 'IotHubUnauthorized' }).getByRole('gridcell', { name: '3', exact: true }).waitFor()
  expect(await portal.axe()).toEqual([])
  await page.getByRole('columnheader', { name: 'Times' }).getByRole('button').click()
  await expect.poll(() => rows.nth(1).textContent()).toContain('valve-1')
  await page.getByLabel('Reason').selectOption('Proof not accepted')
  await expect.poll(() => rows.count()).toBe(2)
  await page.reload()
  await pump.waitFor()
  expect(await rows.count()).toBe(2)
  const [{ trackingId }] = await operator(world, 'GET', `hub-refusals?hub=${world.host}`)
  await pump.getByRole('link', { name: /^Story of this attempt of pump-1/ }).click()
  await page.waitForURL(`${url}/trace/${trackingId}`)
  await page.getByText('Proof not accepted (IotHubUnauthorized)').waitFor()
  await page.goBack()
  await pump.getByRole('link', { name: 'pump-1', exact: true }).click()
  await page.getByText(`by the hub ${world.host}`).waitFor()
  expect(portal.problems).toEqual([])
})

test('the story of a device tells what its hub refused and when it was cut off, beside how it registered, as it happens', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const deviceKey = await makeDevice(world, 'pump-1')
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-1',
    attestation: attestation.symmetricKey(),
  })
  await refused(world, { deviceId: 'pump-1' })
  await portal.open('/registrations/pump-1')
  const attempts = page.getByRole('region', { name: 'Attempts' }).locator('ol > li', { hasText: 'tracking id' })
  await attempts.filter({ hasText: 'Refused' }).filter({ hasText: 'Proof not accepted' }).waitFor()
  const device = await connectDevice(world, { deviceId: 'pump-1', deviceKey })
  await disable(world, 'pump-1')
  await device.gone
  const cut = attempts.filter({ hasText: 'Cut off' })
  await cut
    .filter({ hasText: `by the hub ${world.host}` })
    .filter({ hasText: 'Disabled on its hub' })
    .waitFor()
  await cut.getByText(`The hub "${world.host}" had let it in.`).waitFor()
  expect(await attempts.filter({ hasText: ' ms' }).count()).toBe(0)
  expect(await portal.axe()).toEqual([])
  await portal.open('/registrations')
  const strip = page.getByRole('list', { name: 'Just now' }).getByRole('listitem')
  await strip.filter({ hasText: 'Cut off' }).filter({ hasText: 'MQTT, at its hub' }).waitFor()
  expect(portal.problems).toEqual([])
})

test('who reads Dutch is told what it is and what to do, wherever it is told, also where it is narrow', async () => {
  await using portal = await startPortal({ locale: 'nl-NL', viewport: narrow })
  const { page, world } = portal
  await makeDevice(world, 'pump-1')
  await disable(world, 'pump-1')
  await refused(world, { deviceId: 'pump-1' })
  const [{ trackingId, message }] = await operator(world, 'GET', 'hub-refusals')
  for (const path of ['/', '/registrations?tab=hubs', '/registrations/pump-1', `/trace/${trackingId}`]) {
    await portal.open(path)
    const content = page.locator('main#content')
    await content.getByText('Uitgeschakeld op de hub').first().waitFor()
    await content.getByText('Schakel het apparaat op de hub in om het toe te laten.').waitFor()
    await content.locator('[lang=en]').filter({ hasText: message }).last().waitFor()
    expect(await portal.axe(), path).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(narrow.width)
  }
  expect(portal.problems).toEqual([])
})

test('what a stranger calls itself at a hub is text and nothing else', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const hostile = `"><img src=x onerror="window.hacked=1">`
  await refused(world, { deviceId: 'x', clientId: hostile, username: `${hostile}/${hostile}` })
  for (const path of ['/registrations?tab=hubs', '/']) {
    await portal.open(path)
    await page.getByText('<img src=x').first().waitFor()
  }
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(portal.problems).toEqual([])
})
