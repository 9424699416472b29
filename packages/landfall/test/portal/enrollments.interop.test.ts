/** Manage enrollments, as people do it: with files dropped, devices registering, and somebody else at work too. */

import { readFileSync } from 'node:fs'
import { attestation, NotFoundError } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { registerRaw } from '../raw-device.ts'
import type { DeviceOutcome } from '../sdk/device-client.ts'
import { runClient } from '../sdk/run.ts'
import { enrolledCa, makeTestCa, proveRoot } from '../test-ca.ts'
import { someEndorsementKey } from '../tpm/known-key.ts'
import { narrow, type Portal, signIn, startPortal } from './browser.ts'
import { drop } from './drop.ts'
import { putIndividuals } from './put-individuals.ts'

const primaryFile = /^Primary certificate: Certificate file/
const endorsementKey = someEndorsementKey
const givenKey = Buffer.alloc(32, 1).toString('base64')

const button = ({ page }: Portal, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const heading = ({ page }: Portal, name: string) => page.getByRole('heading', { level: 1, name, exact: true })
const rowOf = ({ page }: Portal, id: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) })

/** From any step of the form to what was made. */
async function create(portal: Portal, id: string): Promise<void> {
  await button(portal, 'Review + create').click()
  await button(portal, 'Create').click()
  await heading(portal, id).waitFor()
}

test('a group is enrolled on an intermediate out of a chain file, a device comes in, all is deleted again', async () => {
  await using portal = await startPortal({ world: { standardPorts: true } })
  const { page, world } = portal
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  const device = await ca.device('pump-12')

  await portal.open('/enrollments/groups')
  await page.getByRole('link', { name: 'Add enrollment group' }).first().click()
  await page.getByRole('radio', { name: /^X.509 intermediate certificates/ }).check()
  await drop(button(portal, primaryFile), device.certificate)
  await page.getByText('2 certificates are in it. Which one?').waitFor()
  await button(portal, 'Use this certificate: CN=Test intermediate CA').click()
  await page.getByRole('textbox', { name: /^Group name/ }).fill('line-7')
  await create(portal, 'line-7')
  await page.getByText('line-7 created').waitFor()
  await page.getByText('CN=Test intermediate CA').waitFor()
  expect(
    (await world.client.enrollmentGroups.get('line-7')).attestation.x509?.signingCertificates?.primary?.info,
  ).toMatchObject({ subjectName: 'CN=Test intermediate CA' })

  await page.getByRole('tab', { name: 'Registration records' }).click()
  await page.getByText('No device has registered by this group').waitFor()
  const { result } = await runClient<DeviceOutcome>(world, 'device-client.ts', {
    host: world.host,
    idScope: world.connection.idScope,
    registrationId: 'pump-12',
    transport: 'mqtt',
    certificate: device.certificate,
    key: device.key,
  })
  expect(result).toMatchObject({ registrationId: 'pump-12', status: 'assigned' })
  await rowOf(portal, 'pump-12').getByText('Assigned').waitFor()
  await page.getByRole('checkbox', { name: 'Select pump-12' }).check()
  await button(portal, 'Delete').last().click()
  await page.getByRole('checkbox', { name: /^Also the identities/ }).check()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted: 1 registration record, 1 identity').waitFor()
  await page.getByText('No device has registered by this group').waitFor()
  await expect(world.client.registrations.get('pump-12')).rejects.toThrow(NotFoundError)

  await portal.open('/enrollments/groups')
  await page.getByRole('checkbox', { name: 'Select line-7' }).check()
  await button(portal, 'Delete').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No enrollment groups yet').waitFor()
  await expect(world.client.enrollmentGroups.get('line-7')).rejects.toThrow(NotFoundError)
  expect(portal.problems).toEqual([])
})

test('a group goes with the records and identities of its devices, where that is asked for', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await enrolledCa(world, 'line-7')
  for (const id of ['pump-1', 'pump-2', 'pump-3']) await register(portal, id, ca)
  await portal.open('/enrollments/groups/line-7')
  await button(portal, 'Delete').click()
  await page.getByRole('checkbox', { name: 'Also its 3 registration records' }).check()
  await page.getByRole('checkbox', { name: /^Also the identities/ }).check()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Deleted: 1 enrollment, 3 registration records, 3 identities').waitFor()
  await heading(portal, 'Manage enrollments').waitFor()
  for (const id of ['pump-1', 'pump-2', 'pump-3'])
    await expect(world.client.registrations.get(id)).rejects.toThrow(NotFoundError)
  expect(portal.problems).toEqual([])
})

async function register({ world }: Portal, registrationId: string, ca: Awaited<ReturnType<typeof enrolledCa>>) {
  const { chainPem, issued } = await ca.device(registrationId)
  const { connection, host } = world
  const answer = await registerRaw({
    host,
    port: connection.ports.https,
    rootPem: readFileSync(connection.rootCaPath, 'utf8'),
    idScope: connection.idScope,
    registrationId,
    certificate: chainPem,
    key: issued.keyPem,
  })
  expect(answer.body.registrationState).toMatchObject({ status: 'assigned' })
}

test('an individual enrollment of each attestation is made, and is what the service API says it is', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  const begin = async (mechanism: RegExp) => {
    await portal.open('/enrollments/individual/new')
    await page.getByRole('radio', { name: mechanism }).check()
  }
  const name = (id: string) => page.getByRole('textbox', { name: /^Registration ID/ }).fill(id)
  const made = async (id: string) => (await world.client.individualEnrollments.get(id)).attestation

  await begin(/^X.509 client certificates/)
  await drop(button(portal, primaryFile), (await ca.device('by-certificate')).leafOnly)
  await page.getByText('CN=by-certificate').waitFor()
  // the common name of the certificate is the registration id
  await create(portal, 'by-certificate')
  expect((await made('by-certificate')).x509?.clientCertificates?.primary?.info?.subjectName).toBe('CN=by-certificate')

  await begin(/^Symmetric key/)
  await page.getByRole('checkbox', { name: 'Generate symmetric keys automatically' }).uncheck()
  await page.getByRole('textbox', { name: 'Primary key' }).fill(givenKey)
  await name('by-key')
  await create(portal, 'by-key')
  expect((await world.client.individualEnrollments.attestationMechanism('by-key')).symmetricKey?.primaryKey).toBe(
    givenKey,
  )

  await begin(/^Trusted Platform Module/)
  await page.getByRole('textbox', { name: /^Endorsement key/ }).fill(endorsementKey)
  await name('by-tpm')
  await create(portal, 'by-tpm')
  expect(await made('by-tpm')).toEqual({ type: 'tpm', tpm: { endorsementKey } })

  await begin(/^X.509 certificates uploaded/)
  await page.getByRole('combobox', { name: 'Primary certificate' }).selectOption('test-root')
  await name('by-ca')
  await create(portal, 'by-ca')
  expect((await made('by-ca')).x509?.caReferences).toEqual({ primary: 'test-root' })
  expect(portal.problems).toEqual([])
})

test('every further field of the form arrives at the service', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await portal.open('/enrollments/individual/new')
  await page.getByRole('radio', { name: /^Symmetric key/ }).check()
  await page.getByRole('textbox', { name: /^Registration ID/ }).fill('pump-12')
  await page.getByRole('textbox', { name: 'Device ID' }).fill('plant#12')
  await page.getByRole('checkbox', { name: 'Enable this enrollment' }).uncheck()
  await page.getByRole('radio', { name: /^Re-provision and reset/ }).check()
  await button(portal, 'Next: IoT hubs').click()
  await page.getByRole('checkbox', { name: world.host }).check()
  await page.getByRole('radio', { name: /^Custom/ }).check()
  await page.getByRole('textbox', { name: /^Webhook URL/ }).fill('https://allocate.example/')
  await button(portal, 'Next: Device settings').click()
  await page.getByRole('checkbox', { name: 'Enable IoT Edge on provisioned devices' }).check()
  await page.getByRole('textbox', { name: 'Device tags' }).fill('{ "site": "Gent" }')
  await page.getByRole('textbox', { name: 'Desired properties' }).fill('{ "interval": 30 }')
  await page.getByRole('textbox', { name: 'Device information' }).fill('{ "batch": 4 }')
  await create(portal, 'pump-12')
  expect(await world.client.individualEnrollments.get('pump-12')).toMatchObject({
    deviceId: 'plant#12',
    provisioningStatus: 'disabled',
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
    iotHubs: [world.host],
    allocationPolicy: 'custom',
    customAllocationDefinition: { webhookUrl: 'https://allocate.example/', apiVersion: '2021-10-01' },
    capabilities: { iotEdge: true },
    initialTwin: { tags: { site: 'Gent' }, properties: { desired: { interval: 30 } } },
    optionalDeviceInformation: { batch: 4 },
  })
  expect(portal.problems).toEqual([])
})

test('a form that is not whole says so at its fields, goes there, and sends nothing', async () => {
  await using portal = await startPortal()
  const { page } = portal
  await portal.open('/enrollments/groups/new')
  await page.getByRole('textbox', { name: /^Group name/ }).fill('ends with a dot.')
  await button(portal, 'Next: IoT hubs').click()
  await button(portal, 'Review + create').click()
  await page.getByText('Choose a certificate.').waitFor()
  await page.getByText('end with a letter, digit or hyphen.').last().waitFor()
  expect(await page.getByRole('tab', { name: 'Registration + provisioning (look here)' }).isVisible()).toBe(true)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true')
  expect(await portal.axe()).toEqual([])
})

test('a file with a private key is refused in one sentence, and does not leave the browser', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { key } = await (await makeTestCa(world)).device('pump-12')
  const sent: string[] = []
  page.on('request', (request) => sent.push(`${request.method()} ${request.url()}`))
  await portal.open('/enrollments/individual/new')
  sent.length = 0
  await drop(button(portal, primaryFile), key)
  await page.getByText('pump-12').filter({ hasText: 'holds a private key' }).waitFor()
  expect(sent.filter((line) => line.startsWith('POST'))).toEqual([])
  expect(await portal.axe()).toEqual([])
})

test('what was typed stays when somebody else saved meanwhile; read again, both are kept', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const groups = world.client.enrollmentGroups
  await groups.createOrUpdate({ enrollmentGroupId: 'meters', attestation: attestation.symmetricKey() })
  await portal.open('/enrollments/groups/meters/edit?step=device')
  await page.getByRole('textbox', { name: 'Device tags' }).fill('{ "site": "Gent" }')
  const read = await groups.get('meters')
  await groups.createOrUpdate({ ...read, capabilities: { iotEdge: true } })
  await page.getByText('Somebody changed this enrollment since you read it.').waitFor()
  // pressed all the same: the service refuses, and nothing is lost
  await button(portal, 'Save').click()
  expect(await groups.get('meters')).not.toHaveProperty('initialTwin')
  expect(await page.getByRole('textbox', { name: 'Device tags' }).inputValue()).toBe('{ "site": "Gent" }')
  await button(portal, 'Read again').click()
  await page.getByText('Changed by somebody else meanwhile: IoT Edge.').waitFor()
  expect(await page.getByRole('checkbox', { name: /^Enable IoT Edge/ }).isChecked()).toBe(true)
  await button(portal, 'Save').click()
  await heading(portal, 'meters').waitFor()
  expect(await groups.get('meters')).toMatchObject({
    capabilities: { iotEdge: true },
    initialTwin: { tags: { site: 'Gent' } },
  })
  expect(portal.problems).toEqual([])
})

test('certificates roll over in place, and what the service warns of is shown', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await enrolledCa(world, 'line-7')
  const next = await makeTestCa(world, 'Next')
  const { certificate } = await next.device('pump-12')
  await portal.open('/enrollments/groups/line-7/edit')
  await drop(button(portal, /^Secondary certificate: Certificate file/), certificate)
  await button(portal, 'Use this certificate: CN=Next intermediate CA').click()
  await button(portal, 'Secondary certificate: Make it the primary').click()
  await button(portal, 'Save').click()
  await page.getByText('The certificate "CN=Next intermediate CA" is not verified').waitFor()
  const { signingCertificates } = (await world.client.enrollmentGroups.get('line-7')).attestation.x509 ?? {}
  expect(signingCertificates?.primary?.info?.subjectName).toBe('CN=Next intermediate CA')
  expect(signingCertificates?.secondary?.info?.subjectName).toBe('CN=Test intermediate CA')
})

test('keys are shown on demand and exchanged in place; a device key is derived in the browser', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const groups = world.client.enrollmentGroups
  await groups.createOrUpdate({ enrollmentGroupId: 'meters', attestation: attestation.symmetricKey(givenKey) })
  await portal.open('/enrollments/groups/meters')
  await button(portal, 'Show Primary key').waitFor()
  expect(await page.content()).not.toContain(givenKey)
  await button(portal, 'Show Primary key').click()
  await page.getByText(givenKey).waitFor()
  await page.getByRole('textbox', { name: 'Registration ID of the device' }).fill('meter-1')
  await button(portal, 'Show Device key of meter-1').click()
  await page.getByText(deriveDeviceKey(givenKey, 'meter-1')).waitFor()

  await portal.open('/enrollments/groups/meters/edit')
  await page.getByRole('checkbox', { name: 'Keep the keys' }).uncheck()
  await button(portal, 'Generate Primary key').click()
  await button(portal, 'Save').click()
  await heading(portal, 'meters').waitFor()
  const { symmetricKey } = await groups.attestationMechanism('meters')
  expect(symmetricKey?.primaryKey).not.toBe(givenKey)
  expect(Buffer.from(symmetricKey?.primaryKey ?? '', 'base64')).toHaveLength(64)
  expect(portal.problems).toEqual([])
})

test('ticked enrollments are disabled and enabled, and nothing else of them changes', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { individualEnrollments, enrollmentGroups } = world.client
  const ca = await enrolledCa(world, 'line-7')
  await enrollmentGroups.createOrUpdate({ enrollmentGroupId: 'line-8', attestation: attestation.symmetricKey() })
  for (const registrationId of ['pump-1', 'pump-2'])
    await individualEnrollments.createOrUpdate({ registrationId, attestation: attestation.symmetricKey() })
  await register(portal, 'pump-9', ca)
  const look = async () => ({
    keys: await enrollmentGroups.attestationMechanism('line-8'),
    certificates: (await enrollmentGroups.get('line-7')).attestation,
  })
  const before = await look()
  const press = async (name: string, done: string) => {
    await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check()
    await button(portal, name).click()
    expect(await portal.axe()).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name, exact: true }).click()
    await page.getByText(done).waitFor()
  }
  await portal.open('/enrollments/groups')
  await rowOf(portal, 'line-7').getByText('1', { exact: true }).waitFor()
  await rowOf(portal, 'line-8').getByText('0', { exact: true }).waitFor()
  await press('Disable', '2 enrollments disabled')
  await rowOf(portal, 'line-7').getByText('Disabled').waitFor()
  await rowOf(portal, 'line-8').getByText('Disabled').waitFor()
  await press('Enable', '2 enrollments enabled')
  await rowOf(portal, 'line-7').getByText('Enabled').waitFor()
  await portal.open('/enrollments/individual')
  await page.getByRole('checkbox', { name: 'Select pump-1' }).check()
  await button(portal, 'Disable').click()
  await individualEnrollments.delete('pump-1')
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByText('One could not be done:').first().waitFor()
  await page
    .getByRole('dialog')
    .getByRole('row', { name: /^pump-1/ })
    .waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  expect((await individualEnrollments.get('pump-2')).provisioningStatus).toBe('enabled')
  expect(await look()).toEqual(before)
  await register(portal, 'pump-10', ca)
  expect(portal.problems).toEqual([])
})

test('an individual enrollment shows the hub of its device', async () => {
  await using portal = await startPortal()
  const { world } = portal
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-1',
    attestation: attestation.caReference('test-root'),
  })
  await register(portal, 'pump-1', ca)
  await portal.open('/enrollments/individual')
  await rowOf(portal, 'pump-1').getByRole('link', { name: world.host }).click()
  await heading(portal, world.host).waitFor()
})

test('of many that are deleted, the one that could not be is told by name', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { individualEnrollments } = world.client
  const ids = Array.from({ length: 23 }, (_, index) => `pump-${String(index).padStart(2, '0')}`)
  for (const registrationId of ids)
    await individualEnrollments.createOrUpdate({ registrationId, attestation: attestation.symmetricKey() })
  await portal.open('/enrollments/individual')
  await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check()
  await button(portal, 'Delete').click()
  await page.getByText('Delete 23 individual enrollments?').waitFor()
  await individualEnrollments.delete('pump-07')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 23' }).click()
  await page.getByText('Deleted: 22 enrollments').waitFor()
  await page
    .getByRole('dialog')
    .getByRole('row', { name: /Enrollment pump-07/ })
    .waitFor()
  expect(await portal.axe()).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByText('No individual enrollments yet').waitFor()
  expect(portal.problems).toEqual([])
})

test('texts of strangers are texts: in twins, device information, certificates and addresses', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const hostile = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>\${1}{{id}}`
  const { issued } = await (await makeTestCa(world, hostile)).device('pump-12')
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-12',
    attestation: attestation.clientCertificate(issued.pem),
    initialTwin: { tags: { note: hostile }, properties: { desired: { [hostile.replace(/[.$ ]/g, '')]: hostile } } },
    optionalDeviceInformation: { note: hostile },
  })
  for (const tab of ['', '/edit', '/edit?step=device', '/edit?step=review']) {
    await portal.open(`/enrollments/individual/pump-12${tab}`)
    await page
      .getByText('onerror')
      .first()
      .or(page.getByRole('textbox', { name: 'Device tags' }))
      .first()
      .waitFor()
    expect(await page.title()).not.toBe('taken')
    expect(await page.locator('main img, main script').count()).toBe(0)
  }
  await portal.open(`/enrollments/groups/${encodeURIComponent(hostile)}`)
  await page.getByRole('alert').waitFor()
  expect(await heading(portal, hostile).count()).toBe(1)
  expect(portal.problems).toEqual([])
})

test('a hundred thousand enrollments scroll, are searched, filtered and sorted', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, world } = portal
  await putIndividuals(world, 100_000)
  await signIn(portal, '/enrollments/individual')
  await page.getByText('100 of 100,000 loaded').waitFor()
  expect(await page.getByRole('row').count()).toBeLessThan(60)
  const grid = page.getByRole('grid')
  await rowOf(portal, 'pump-000000').focus()
  await page.keyboard.press('End')
  await page.getByText(/^[2-9]00 of 100,000 loaded$/).waitFor()

  await page.getByRole('searchbox', { name: 'Search by registration id' }).fill('54321')
  await rowOf(portal, 'pump-054321').waitFor()
  await page.getByText('1 entry').waitFor()
  expect(page.url()).toContain('search=54321')

  await portal.open('/enrollments/individual')
  await button(portal, 'Registration ID').click()
  await rowOf(portal, 'pump-099999').waitFor()
  await button(portal, 'Created').click()
  await rowOf(portal, 'pump-000000').waitFor()
  await page.getByRole('combobox', { name: 'Status' }).selectOption('Disabled')
  await page.getByText('Nothing matches').waitFor()
  await button(portal, 'Clear search and filters').click()
  await rowOf(portal, 'pump-000000').waitFor()
  expect(await grid.getAttribute('aria-rowcount')).toBe('100001')
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test('a keyboard goes from one kind to the other, opens a row, and comes back to where it was', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'new',
    attestation: attestation.symmetricKey(),
  })
  await portal.open('/enrollments/groups')
  await page.getByRole('tab', { name: 'Enrollment groups' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('grid', { name: 'Individual enrollments' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Individual enrollments')
  await rowOf(portal, 'new').focus()
  await page.keyboard.press('Enter')
  // an enrollment may be called as the address of the form is
  await heading(portal, 'new').waitFor()
  await page.keyboard.press('Escape')
  await button(portal, 'Delete').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Delete')
  expect(portal.problems).toEqual([])
})

test.each([
  { name: 'light', order: {} },
  { name: 'dark', order: { colorScheme: 'dark' } },
  { name: 'narrow', order: { viewport: narrow } },
  { name: 'narrow, dark and Dutch', order: { viewport: narrow, colorScheme: 'dark', locale: 'nl-NL' } },
] as const)('axe finds nothing wrong with list, form and details: $name', async ({ order }) => {
  await using portal = await startPortal(order)
  const { page, world } = portal
  const ca = await enrolledCa(world, 'line-7')
  await register(portal, 'pump-12', ca)
  await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-13',
    attestation: attestation.symmetricKey(),
    initialTwin: { tags: { site: 'Gent' } },
  })
  for (const path of [
    '/enrollments/groups',
    '/enrollments/individual',
    '/enrollments/groups/line-7',
    '/enrollments/groups/line-7/registrations',
    '/enrollments/groups/line-7/edit',
    '/enrollments/groups/new',
    '/enrollments/individual/new',
    '/enrollments/individual/new?step=hubs',
    '/enrollments/individual/new?step=device',
    '/enrollments/individual/pump-13',
    '/enrollments/individual/pump-13/edit?step=review',
    '/enrollments/individual/nobody',
  ]) {
    await portal.open(path)
    await page.locator('main').getByRole('tab').or(page.locator('main').getByRole('alert')).first().waitFor()
    expect(await portal.axe(), path).toEqual([])
  }
  expect(portal.problems).toEqual([])
})
