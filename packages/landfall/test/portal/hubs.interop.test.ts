/** Linked hubs, as a person sets them up in a browser. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { hub } from '../hub/rig.ts'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import type { World } from '../world.ts'
import { narrow, startPortal } from './browser.ts'
import { alertWith, exposed, press } from './page.ts'

/** Devices of one group with a symmetric key. */
async function registerDevices(world: World, count: number): Promise<void> {
  const group = await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'fleet',
    attestation: attestation.symmetricKey(),
  })
  const { rootCaPath, idScope, ports } = world.connection
  for (let number = 1; number <= count; number++) {
    const registrationId = `pump-${number}`
    await registerRaw({
      host: world.host,
      port: ports.https,
      rootPem: readFileSync(rootCaPath, 'utf8'),
      idScope,
      registrationId,
      symmetricKey: deriveDeviceKey(group.attestation.symmetricKey?.primaryKey ?? '', registrationId),
    })
  }
}

test('a hub is made, weighed with a look at what that would move, unlinked, and deleted with what is on it', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await registerDevices(world, 12)
  await portal.open('/hubs')
  await press(page, 'Link a hub')
  await page.getByRole('radio', { name: /^Of this service/ }).check()
  await press(page, 'Link hub')
  await page.getByText('Give the host name.').waitFor()
  await page.getByLabel('Host name').fill('no host!')
  await press(page, 'Link hub')
  await alertWith(page, '"no host!" is no host name.')
  await page.getByLabel('Host name').fill('Hub2.example.com')
  await page.getByRole('spinbutton', { name: 'Allocation weight' }).fill('1000')
  const moves = page.getByRole('table', { name: 'What this would move' })
  await moves.waitFor()
  await page.getByText(/^Of 12 registered devices that were looked at, \d+ would be placed on another hub\.$/).waitFor()
  const numbers = await moves.getByRole('row').allTextContents()
  expect(numbers).toEqual([
    expect.stringMatching(/^127\.0\.0\.1Now12$/),
    expect.stringMatching(/^After\d+$/),
    'hub2.example.comNow0',
    expect.stringMatching(/^After\d+$/),
  ])
  expect(await portal.axe()).toEqual([])
  await press(page, 'Link hub')
  await page.getByRole('heading', { level: 1, name: 'hub2.example.com' }).waitFor()

  await page.getByRole('spinbutton', { name: 'Allocation weight' }).fill('1001')
  await page.getByText('A whole number from 1 to 1000.').waitFor()
  expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  await page.getByRole('slider', { name: 'Allocation weight as a slider' }).fill('20')
  await page.getByRole('switch', { name: 'Linked' }).uncheck()
  await page.getByRole('switch', { name: 'Apply allocation policy' }).uncheck()
  await page.getByRole('textbox', { name: 'Location' }).fill('westeurope')
  await moves.getByRole('row', { name: 'After 12' }).waitFor()
  await press(page, 'Save')
  await page.getByText('Hub hub2.example.com saved').waitFor()
  expect(await operator(world, 'GET', 'hubs/hub2.example.com')).toMatchObject({
    allocationWeight: 20,
    linked: false,
    applyAllocationPolicy: false,
    location: 'westeurope',
  })
  const { connectionStrings } = await operator(world, 'GET', 'hubs/hub2.example.com?keys=true')
  expect(await exposed(page)).not.toContain(connectionStrings.iothubowner)
  await press(page, 'iothubowner')
  await press(page, 'Show Primary connection string')
  await page.getByText(connectionStrings.iothubowner).waitFor()
  await press(page, 'Hide Primary connection string')

  await press(page, 'Delete')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('It has no devices.').waitFor()
  await dialog.getByRole('button', { name: 'Delete hub' }).click()
  await page.getByRole('link', { name: '127.0.0.1' }).click()
  await page.getByRole('heading', { level: 1, name: '127.0.0.1' }).waitFor()
  await press(page, 'Delete')
  await dialog.getByText('The hub has 12 devices, which are deleted with it').waitFor()
  await dialog.getByRole('button', { name: 'Delete hub and 12 devices' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'is the hub of --hostname' }).waitFor()
  expect(portal.problems).toEqual([])
})

test('a hub with devices goes with them, once it was said how many there are', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await operator(world, 'PUT', 'hubs/hub2.example.com', {})
  await operator(world, 'PATCH', 'hubs/127.0.0.1', { linked: false })
  await registerDevices(world, 1)
  await portal.open('/hubs/hub2.example.com')
  await press(page, 'Delete')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('The hub has 1 device, which is deleted with it').waitFor()
  await dialog.getByRole('button', { name: 'Delete hub and 1 device' }).click()
  await page.getByText('Hub hub2.example.com deleted').waitFor()
  expect(await operator(world, 'GET', 'hubs')).toMatchObject([{ name: '127.0.0.1' }])
})

test('ticked hubs go with their devices, counted before', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await operator(world, 'PUT', 'hubs/hub2.example.com', {})
  await operator(world, 'PUT', 'hubs/hub3.example.com', { linked: false })
  await operator(world, 'PATCH', 'hubs/127.0.0.1', { linked: false })
  await registerDevices(world, 2)
  await portal.open('/hubs')
  for (const name of ['hub2', 'hub3']) await page.getByRole('checkbox', { name: `Select ${name}.example.com` }).check()
  await press(page, 'Delete')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('and with 2 devices, their twins and keys included').waitFor()
  expect(await portal.axe()).toEqual([])
  await dialog.getByRole('button', { name: 'Delete, with 2 devices' }).click()
  await page.getByText('2 hubs deleted').waitFor()
  expect(await operator(world, 'GET', 'hubs')).toMatchObject([{ name: '127.0.0.1' }])
  expect(portal.problems).toEqual([])
})

test('an IoT hub elsewhere is linked by its connection string, whose key is changed in place', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const linkWith = (key: Buffer) =>
    `HostName=plant.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey=${key.toString('base64')}`
  const [first, second] = [linkWith(Buffer.alloc(32, 1)), linkWith(Buffer.alloc(32, 2))]
  await portal.open('/hubs?add')
  await page.getByRole('textbox', { name: 'Connection string', exact: true }).fill('Endpoint=sb://elsewhere')
  await press(page, 'Link hub')
  await page.getByText('That is no connection string.').waitFor()
  await page
    .getByRole('textbox', { name: 'Connection string', exact: true })
    .fill('HostName=plant.azure-devices.net;SharedAccessKey=x')
  await press(page, 'Link hub')
  await alertWith(page, 'This is no connection string of the hub "plant.azure-devices.net".')
  await page.getByRole('textbox', { name: 'Connection string', exact: true }).fill(first)
  await press(page, 'Link hub')
  await page.getByRole('heading', { level: 1, name: 'plant.azure-devices.net' }).waitFor()
  expect(await exposed(page)).not.toContain(first)
  await press(page, 'Show Connection string of the link')
  await page.getByText(first).waitFor()
  await page.getByRole('textbox', { name: 'New connection string' }).fill(second.replace('plant', 'other'))
  await press(page, 'Change')
  await alertWith(page, 'This is no connection string of the hub "plant.azure-devices.net".')
  await page.getByRole('textbox', { name: 'New connection string' }).fill(second)
  await press(page, 'Change')
  await page.getByText('Connection string of plant.azure-devices.net changed').waitFor()
  expect(await exposed(page)).not.toContain(second)
  expect(await operator(world, 'GET', 'hubs/plant.azure-devices.net?keys=true')).toMatchObject({
    connectionStrings: { link: second },
  })
  await press(page, 'Delete')
  await page.getByRole('dialog').getByText('The hub elsewhere and its devices are not touched.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete hub' }).click()
  await page.getByText('Hub plant.azure-devices.net deleted').waitFor()
  expect(portal.problems).toEqual([])
})

test('a policy of a hub says what it allows; its keys are shown when asked, copied, and made anew once that was confirmed', async () => {
  await using portal = await startPortal()
  const { page, world, url } = portal
  const read = async (): Promise<{
    name: string
    primaryKey: string
    secondaryKey: string
    connectionString: string
  }> => (await operator(world, 'GET', `hubs/${world.host}/policies?keys=true`))[0]
  const before = await read()
  expect(before.name).toBe('iothubowner')
  await portal.open(`/hubs/${world.host}`)
  const policies = page.getByRole('list', { name: 'Shared access policies' }).getByRole('listitem')
  await expect.poll(() => policies.count()).toBe(5)
  await policies.filter({ hasText: 'RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect' }).waitFor()
  await press(page, 'iothubowner')
  expect(page.url()).toBe(`${url}/hubs/${world.host}?policy=iothubowner`)
  await page.getByText('What back ends do: read telemetry').waitFor()
  expect(await exposed(page)).not.toContain(before.primaryKey)
  await press(page, 'Show Secondary connection string')
  const secondary = before.connectionString.replace(before.primaryKey, before.secondaryKey)
  await page.getByText(secondary).waitFor()
  await press(page, 'Copy Secondary connection string')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secondary)
  await press(page, 'Hide Secondary connection string')
  expect(await exposed(page)).not.toContain(before.secondaryKey)

  expect((await hub(world, 'GET /devices/none-such')).status).toBe(404)
  await press(page, 'Show Primary key')
  await page.getByText(before.primaryKey).waitFor()
  await press(page, 'Regenerate primary key')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Whoever is connected by it is cut off, devices included.').waitFor()
  expect(await portal.axe()).toEqual([])
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(await read()).toEqual(before)
  await press(page, 'Regenerate primary key')
  await dialog.getByRole('button', { name: 'Regenerate primary key' }).click()
  await page.getByText('Primary key of iothubowner regenerated').waitFor()
  const after = await read()
  expect(after.primaryKey).not.toBe(before.primaryKey)
  expect(after.secondaryKey).toBe(before.secondaryKey)
  expect(await exposed(page)).not.toContain(before.primaryKey)
  expect(await exposed(page)).not.toContain(after.primaryKey)
  expect((await hub(world, 'GET /devices/none-such')).status).toBe(401)

  await press(page, 'Regenerate secondary key')
  await dialog.getByRole('button', { name: 'Regenerate secondary key' }).click()
  await page.getByText('Secondary key of iothubowner regenerated').waitFor()
  expect((await read()).secondaryKey).not.toBe(before.secondaryKey)
  await press(page, 'service')
  await page.getByText('RegistryWrite', { exact: true }).waitFor({ state: 'detached' })
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test('so it is in Dutch, where it is narrow, by its address', async () => {
  await using portal = await startPortal({ locale: 'nl-NL', viewport: narrow })
  const { page, world } = portal
  const [, service] = await operator(world, 'GET', `hubs/${world.host}/policies?keys=true`)
  await portal.open(`/hubs/${world.host}?policy=service`)
  await page.getByText('Wat back-ends doen: telemetrie lezen').waitFor()
  await press(page, 'Primaire sleutel tonen')
  await page.getByText(service.primaryKey).waitFor()
  await press(page, 'Sleutels omwisselen')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Alles blijft werken').waitFor()
  await dialog.getByRole('button', { name: 'Sleutels omwisselen' }).click()
  await page.getByText('Sleutels van service omgewisseld').waitFor()
  await press(page, 'Primaire sleutel tonen')
  await page.getByText(service.secondaryKey).waitFor()
  expect(await portal.axe()).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(narrow.width)
  expect(portal.problems).toEqual([])
})
