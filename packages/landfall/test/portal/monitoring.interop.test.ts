/** Registrations, Diagnose, Activity and Quick start: what people watch and try, with real devices meanwhile. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { forge } from '../forge.ts'
import { type RawAnswer, registerRaw } from '../raw-device.ts'
import { type DeviceFiles, enrolledCa, makeTestCa, operator } from '../test-ca.ts'
import type { World } from '../world.ts'
import { narrow, type Portal, startPortal } from './browser.ts'

const register = ({ host, connection }: World, registrationId: string, files: DeviceFiles, body?: string) =>
  registerRaw({
    host,
    port: connection.ports.https,
    rootPem: readFileSync(connection.rootCaPath, 'utf8'),
    idScope: connection.idScope,
    registrationId,
    certificate: files.chainPem,
    key: readFileSync(files.key, 'utf8'),
    body,
  })
const trackingIdOf = ({ body }: RawAnswer) => body.trackingId ?? 'none'
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
const justNow = (page: Page) => page.getByRole('list', { name: 'Just now' }).getByRole('listitem')

test('a device that registers appears live: in the strip, in the list, and with its story and twin', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  await portal.open('/registrations')
  await page.getByText('No device has tried to register yet.').waitFor()
  await page.getByText('No device has registered yet', { exact: true }).waitFor()
  await page.getByRole('status', { name: 'Live', exact: true }).waitFor()
  await register(world, 'pump-1', await ca.device('pump-1'))
  await justNow(page)
    .filter({ hasText: 'pump-1' })
    .filter({ hasText: 'Assigned' })
    .filter({ hasText: 'HTTPS' })
    .waitFor()
  await page.getByRole('grid').getByRole('link', { name: 'pump-1', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'pump-1' }).waitFor()
  await page.getByText('The device proved itself by an X.509 certificate.').waitFor()
  await page.getByRole('link', { name: 'Enrollment group line-7' }).waitFor()
  await page.getByRole('group', { name: 'Device twin' }).filter({ hasText: '"desired"' }).waitFor()
  // and what happens next is told on this page too
  await register(world, 'pump-1', await ca.device('pump-1'))
  await expect.poll(() => page.getByText('Step by step').count()).toBe(2)
  expect(portal.problems).toEqual([])
})

test('a refused device shows its reason; its id leads to its attempts, and their tracking id to the story', async () => {
  await using portal = await startPortal()
  const { page, world, url } = portal
  await portal.open('/registrations')
  await page.getByRole('status', { name: 'Live', exact: true }).waitFor()
  const stranger = await makeTestCa(world, 'Stranger')
  const answer = await register(world, 'valve-9', await stranger.device('valve-9'))
  const row = justNow(page).filter({ hasText: 'Refused' })
  await row.filter({ hasText: String(answer.body.message).slice(0, 30) }).waitFor()
  await row.getByRole('link', { name: 'valve-9', exact: true }).click()
  await page.getByText('There is no registration record: the device was never let in').waitFor()
  await page.getByRole('link', { name: trackingIdOf(answer) }).click()
  await page.getByRole('heading', { level: 1, name: 'Trace' }).waitFor()
  expect(page.url()).toBe(`${url}/trace/${trackingIdOf(answer)}`)
  await page.getByText(String(answer.body.message)).first().waitFor()
  expect(portal.problems).toEqual([])
})

test('the strip is held while somebody reads, counts what comes meanwhile, and shows it afterwards', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  await portal.open('/registrations')
  await page.getByRole('status', { name: 'Live', exact: true }).waitFor()
  await press(page, 'Pause')
  await page.getByText('Paused', { exact: true }).waitFor()
  for (const id of ['pump-1', 'pump-2']) await register(world, id, await ca.device(id))
  await page.getByRole('button', { name: 'Go on (2 more)' }).waitFor()
  expect(await justNow(page).count()).toBe(0)
  await press(page, 'Go on (2 more)')
  expect(
    await justNow(page)
      .getByRole('link', { name: /^pump-/ })
      .allTextContents(),
  ).toEqual(['pump-2', 'pump-1'])
})

test('the strip says when it is cut off, and catches up when the way is open again', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  await page.route('**/landfall/events', (route) => route.abort())
  await portal.open('/registrations')
  const state = page.getByRole('region', { name: 'Just now' }).getByRole('status')
  await state.filter({ hasText: 'Disconnected, trying again' }).waitFor()
  await register(world, 'pump-1', await ca.device('pump-1'))
  expect(await justNow(page).count()).toBe(0)
  await page.unroute('**/landfall/events')
  await state.filter({ hasText: 'Live' }).waitFor()
  await justNow(page).filter({ hasText: 'pump-1' }).waitFor()
})

test('records are found by search, status and group, and the address keeps it', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  for (const id of ['pump-1', 'pump-2', 'valve-1']) await register(world, id, await ca.device(id))
  const names = () =>
    page
      .getByRole('grid')
      .getByRole('link', { name: /^(pump|valve)-/ })
      .allTextContents()
  await portal.open('/registrations?order=desc')
  await expect.poll(names).toEqual(['valve-1', 'pump-2', 'pump-1'])
  await page.getByRole('searchbox', { name: 'Search registration IDs' }).fill('PUMP')
  await expect.poll(names).toEqual(['pump-2', 'pump-1'])
  await page.getByLabel('Enrollment group').fill('line-8')
  await page.getByLabel('Enrollment group').press('Enter')
  await page.getByText('Nothing matches').waitFor()
  await page.getByLabel('Enrollment group').fill('line-7')
  await expect.poll(names).toEqual(['pump-2', 'pump-1'])
  await page.reload()
  await expect.poll(names).toEqual(['pump-2', 'pump-1'])
  expect(page.url()).toContain('group=line-7')
})

test('a record is deleted with its hub identity, after it was asked, and the attempts stay', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  await register(world, 'pump-1', await ca.device('pump-1'))
  await portal.open('/registrations/pump-1')
  await press(page, 'Delete record')
  const dialog = page.getByRole('dialog', { name: 'Delete the registration record of pump-1?' })
  await dialog.getByRole('checkbox', { name: /^Also remove pump-1 from/ }).check()
  expect(await portal.axe()).toEqual([])
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Registration record of pump-1 deleted').waitFor()
  await page.getByText('There is no registration record').waitFor()
  await page.getByText('Step by step').waitFor()
  const [hub] = (await operator(world, 'GET', 'hubs')) as readonly { readonly devices: number }[]
  expect(hub?.devices).toBe(0)
})

test('a chain in any order is drawn from the device up, with the rule that fails and what to do', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await enrolledCa(world)
  const stranger = await makeTestCa(world, 'Stranger')
  const device = await stranger.device('valve-9')
  await portal.open('/diagnose')
  await page.locator('input[type=file]').setInputFiles([
    {
      name: 'line.der',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(stranger.intermediate.certificate.der),
    },
    { name: 'valve-9.pem', mimeType: 'text/plain', buffer: readFileSync(device.leafOnly) },
  ])
  await page.getByRole('list', { name: 'Chosen files' }).getByText('line.der').waitFor()
  await press(page, 'Diagnose')
  await page.getByRole('heading', { name: 'Would be refused' }).waitFor()
  await page.getByText('What to do:').waitFor()
  expect(await page.getByRole('article').getByRole('heading').allTextContents()).toEqual([
    'CN=valve-9',
    'CN=Stranger intermediate CA',
  ])
  const broken = page.getByRole('list', { name: 'Rules that CN=Stranger intermediate CA was held to' })
  const first = broken.getByRole('listitem').first()
  await first.getByRole('img', { name: 'Broken' }).waitFor()
  expect(await first.textContent()).toContain('its issuer "CN=Stranger root CA" was not sent and is not known here')
  await page.getByText('Neither sent by the device nor stored here.').waitFor()
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test('a good chain today is refused on the day it has expired', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  await portal.open('/diagnose')
  await page.getByLabel('Or paste them here').fill((await ca.device('pump-1')).chainPem)
  await press(page, 'Diagnose')
  await page.getByRole('heading', { name: /^Would be assigned to .* as pump-1$/ }).waitFor()
  const later = new Date(world.clock.now() + 60 * 86_400_000).toISOString().slice(0, 16)
  await page.getByLabel('Another time').fill(later)
  await press(page, 'Diagnose')
  await page.getByRole('heading', { name: 'Would be refused' }).waitFor()
  await page.getByRole('listitem').filter({ hasText: 'expired' }).getByRole('img', { name: 'Broken' }).first().waitFor()
})

test('a private key is not even sent; a symmetric key is asked once and stays nowhere', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await makeTestCa(world)
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.postData() ?? ''))
  await portal.open('/diagnose')
  await page.getByLabel('Or paste them here').fill(ca.root.keyPem)
  await press(page, 'Diagnose')
  await page.getByText('There is a private key among them. Nothing was sent.').waitFor()
  expect(sent.join('')).not.toContain('PRIVATE KEY')
  const key = Buffer.alloc(32, 7).toString('base64')
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'meters',
    attestation: { type: 'symmetricKey' },
  })
  await page.getByRole('tab', { name: 'Symmetric key' }).click()
  await page.getByRole('textbox', { name: 'Registration ID' }).fill('meter-7')
  await page.getByLabel(/^Key/).fill(key)
  await page.getByRole('checkbox', { name: /derive the device's key/ }).check()
  await press(page, 'Diagnose')
  await page.getByRole('heading', { name: 'Would be refused' }).waitFor()
  const kept = () => page.evaluate(() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]))
  expect(await kept()).not.toContain(key)
  // by links, so that the portal's memory stays
  await page.getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('link', { name: 'Diagnose' }).click()
  await page.getByRole('tab', { name: 'Symmetric key' }).click()
  expect(await page.getByLabel(/^Key/).inputValue()).toBe('')
  expect(await page.content()).not.toContain(key)
})

test('a link to Diagnose with an id answers at once', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'meters',
    attestation: { type: 'symmetricKey' },
  })
  await portal.open('/registrations/meter-7')
  await page.getByRole('link', { name: 'Diagnose' }).last().click()
  await page.locator('#verdict').waitFor()
  expect(page.url()).toContain('/diagnose?registrationId=meter-7')
  expect(await page.getByRole('textbox', { name: 'Registration ID' }).inputValue()).toBe('meter-7')
})

test('who comes to Diagnose from a group is told what it demands, and is asked for that', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'meters',
    attestation: { type: 'symmetricKey' },
    provisioningStatus: 'disabled',
  })
  await enrolledCa(world, 'line-7')
  const selected = (name: string) => page.getByRole('tab', { name, selected: true }).waitFor()
  await portal.open('/enrollments/groups/meters')
  await page.getByRole('link', { name: 'Diagnose' }).last().click()
  await page.getByText('The group is disabled').waitFor()
  await selected('Symmetric key')
  expect(await page.getByRole('checkbox', { name: /^It is the key of the enrollment group/ }).isChecked()).toBe(true)
  await portal.open('/diagnose?group=line-7')
  await page.getByText('leads to CN=Test intermediate CA').waitFor()
  await selected('Certificates')
  await portal.open('/diagnose?group=none-such')
  await portal.page.getByRole('alert').filter({ hasText: 'there is no enrollment group "none-such"' }).waitFor()
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test('a change appears in the log with its actor, before and after; a secret is only said to have changed', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await portal.open('/activity?kind=group')
  await page.getByRole('status', { name: 'Live', exact: true }).waitFor()
  const made = { enrollmentGroupId: 'plant-7', attestation: { type: 'symmetricKey' } } as const
  await world.client.enrollmentGroups.createOrUpdate(made)
  await page.getByRole('button', { name: 'Show the change of Enrollment group plant-7' }).waitFor()
  const { etag } = await world.client.enrollmentGroups.get('plant-7')
  const keys = {
    primaryKey: Buffer.alloc(32, 1).toString('base64'),
    secondaryKey: Buffer.alloc(32, 2).toString('base64'),
  }
  await world.client.enrollmentGroups.createOrUpdate({
    ...made,
    attestation: { type: 'symmetricKey', symmetricKey: keys },
    provisioningStatus: 'disabled',
    etag,
  })
  const entry = page.getByRole('listitem').filter({ hasText: 'Changed' }).first()
  await entry.getByRole('button', { name: /^Show the change/ }).click()
  await entry.getByRole('row', { name: /^provisioningStatus/ }).waitFor()
  expect(await entry.getByRole('row', { name: /^provisioningStatus/ }).textContent()).toMatch(
    /before: enabled.*after: disabled/,
  )
  expect(await entry.getByRole('row', { name: /primaryKey/ }).textContent()).toContain('a secret, changed')
  expect(await entry.textContent()).toContain('by policy provisioningserviceowner')
  expect(await page.content()).not.toContain(keys.primaryKey)
  await entry.getByRole('link', { name: 'All changes of it' }).click()
  await page.getByRole('heading', { level: 1, name: 'Activity of Enrollment group plant-7' }).waitFor()
  await page.getByRole('link', { name: 'Open it' }).click()
  await page.waitForURL('**/enrollments/groups/plant-7')
  expect(portal.problems).toEqual([])
})

test('the log is narrowed by actor and time, and says when nothing matches', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'plant-7',
    attestation: { type: 'symmetricKey' },
  })
  await portal.open('/activity?actor=landfall')
  await page.getByText('by the service itself,').first().waitFor()
  expect(await page.getByText('plant-7').count()).toBe(0)
  await page.getByLabel('By whom').fill('nobody')
  await page.getByText('Nothing matches').waitFor()
  await press(page, 'Show everything')
  await page.getByRole('link', { name: 'plant-7' }).waitFor()
  await page.getByLabel('Since').fill('2099-01-01T00:00')
  await page.getByText('Nothing matches').waitFor()
  expect(page.url()).toMatch(/since=2099-01-01T|since=2098-12-31T/)
})

test('no box to narrow the log by lies over the next one, also where words are longer', async () => {
  await using portal = await startPortal({ locale: 'nl-NL' })
  await portal.open('/activity')
  const boxes = portal.page.locator('search').locator('select, .fui-Input')
  const places = await boxes.evaluateAll((all) => all.map((box): DOMRect => box.getBoundingClientRect().toJSON()))
  expect(places.map(({ width }) => width > 100)).toEqual(Array(5).fill(true))
  for (const [index, { left, top }] of places.entries())
    expect(places.slice(0, index).filter((one) => one.top === top && one.right > left)).toEqual([])
})

test('the quick start ends with registered devices and their files, and is cleaned up', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await portal.open('/quick-start')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('demo')
  await page.getByLabel('Number of devices').selectOption('2')
  await press(page, 'Start the walk')
  await page.getByRole('heading', { name: '2 devices have registered' }).waitFor()
  expect((await world.client.registrations.get('demo-02')).status).toBe('assigned')
  const [archive] = await Promise.all([page.waitForEvent('download'), press(page, 'Download all (demo.zip)')])
  expect(archive.suggestedFilename()).toBe('demo.zip')
  const [key] = await Promise.all([page.waitForEvent('download'), press(page, 'Download demo-01.key.pem')])
  expect(readFileSync((await key.path()) ?? '', 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  expect(await page.content()).not.toContain('PRIVATE KEY')
  expect(await portal.axe()).toEqual([])
  // one may look at what was made, and come back
  await page.getByRole('link', { name: 'demo-01' }).click()
  await page.getByRole('heading', { level: 1, name: 'demo-01' }).waitFor()
  await page.goBack()
  await press(page, 'Clean up')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await page.getByText('demo removed, with 2 registration records and 2 devices on hubs').waitFor()
  await page.getByRole('button', { name: 'Start the walk' }).waitFor()
  await expect(world.client.enrollmentGroups.get('demo')).rejects.toThrow('demo')
  expect(portal.problems).toEqual([])
})

test('a quick start whose name is taken says so, and what was typed stays', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'demo',
    attestation: { type: 'symmetricKey' },
  })
  await portal.open('/quick-start')
  const name = page.getByRole('textbox', { name: 'Name', exact: true })
  await name.fill('demo')
  await press(page, 'Start the walk')
  await page.getByRole('alert').filter({ hasText: 'There is an enrollment group "demo" already.' }).waitFor()
  expect(await name.inputValue()).toBe('demo')
})

/** It would leave a mark if any of it became markup, an address or script. */
const hostile = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'`

test('ids, payloads, twins and certificate subjects of strangers are text and nothing else', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world)
  const { etag } = await world.client.enrollmentGroups.get('line-7')
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.signingCertificate(ca.intermediate.pem),
    initialTwin: { tags: { plant: hostile }, properties: { desired: { '"><script>hack()</script>': 1 } } },
    etag,
  })
  const device = await ca.device('pump-1')
  await register(world, 'pump-1', device, JSON.stringify({ registrationId: 'pump-1', payload: { model: hostile } }))
  await register(world, hostile, device)
  await portal.open('/registrations')
  await justNow(page).filter({ hasText: '<img src=x' }).waitFor()
  await justNow(page)
    .getByRole('link', { name: /img src=x/ })
    .first()
    .click()
  await page.getByRole('alert').waitFor()
  await portal.open('/registrations/pump-1')
  await page.getByRole('group', { name: 'Device twin' }).filter({ hasText: '<img src=x' }).waitFor()
  await portal.open('/activity?kind=group')
  const closed = page.getByRole('button', { name: /^Show the change/ })
  await closed.first().waitFor()
  while ((await closed.count()) > 0) await closed.first().click()
  await page.getByText('<img src=x').first().waitFor()
  await portal.open(`/activity?kind=group&id=${encodeURIComponent(hostile)}&actor=${encodeURIComponent(hostile)}`)
  await page.getByText('Nothing matches').waitFor()
  await portal.open(`/diagnose?registrationId=${encodeURIComponent(hostile)}`)
  await page.locator('#verdict').waitFor()
  const forged = Buffer.from(forge({ subject: hostile }).certificate.der).toString('base64')
  await portal.open('/diagnose')
  await page.getByLabel('Or paste them here').fill(forged)
  await page.getByRole('textbox', { name: 'Registration ID' }).fill('pump-1')
  await press(page, 'Diagnose')
  await page.locator('#verdict').waitFor()
  await page.getByText('<img src=x').first().waitFor()
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(portal.problems).toEqual([])
})

async function everyPage({ world }: Portal): Promise<readonly string[]> {
  const ca = await enrolledCa(world)
  await register(world, 'pump-1', await ca.device('pump-1'))
  await register(world, 'pump-2', await ca.device('pump-1'))
  return [
    '/registrations',
    '/registrations/pump-1',
    '/registrations/pump-2',
    '/diagnose?registrationId=pump-1',
    '/activity?kind=group&id=line-7',
    '/activity',
    '/quick-start',
  ]
}

test.each([
  { name: 'light', order: {} },
  { name: 'dark', order: { colorScheme: 'dark' } },
  { name: 'narrow, in Dutch', order: { viewport: narrow, locale: 'nl-NL' } },
] as const)('axe finds nothing wrong with these pages, and none is wider than its window: $name', async ({ order }) => {
  await using portal = await startPortal(order)
  const { page } = portal
  for (const path of await everyPage(portal)) {
    await portal.open(path)
    await page.waitForLoadState('networkidle', { timeout: 1000 }).catch(() => undefined)
    expect(await portal.axe(), path).toEqual([])
    const fits = await page.evaluate(() => {
      const main = document.getElementById('content')
      return main !== null && main.scrollWidth <= main.clientWidth
    })
    expect(fits, path).toBe(true)
  }
  expect(portal.problems).toEqual([])
})
