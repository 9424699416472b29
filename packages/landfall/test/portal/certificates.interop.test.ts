/** CA certificates in a browser: uploaded, proven, deleted; with every wrong file that people drop. */
import { readFileSync } from 'node:fs'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { realRandom } from '../../src/system.ts'
import { issueRoot, issueVerification, type Signer } from '../../src/x509/issue.ts'
import { makeTestCa, operator, proveRoot } from '../test-ca.ts'
import { type Portal, startPortal } from './browser.ts'
import { alertWith, fileOf, press } from './page.ts'

test('a file is looked into before anything is uploaded: keys stay here, leafs are refused, of a chain one is chosen', async () => {
  await using portal = await startPortal()
  const { page, world, url } = portal
  const ca = await makeTestCa(world, 'Plant')
  const device = await ca.device('pump-1')
  const sent: string[] = []
  page.on('request', (request) => void sent.push(request.postData() ?? ''))
  await portal.open('/certificates')
  await page.getByRole('button', { name: 'Upload certificate' }).first().click()
  const drop = async (name: string, content: string | Uint8Array) =>
    page.locator('input[type=file]').setInputFiles(fileOf(name, content))

  await drop('plant.key.pem', ca.root.keyPem)
  await alertWith(page, 'plant.key.pem holds a private key. It was not sent')
  expect(sent.join()).not.toContain('PRIVATE KEY')
  await drop('plant.key.der', ca.root.keys.privateKey.export({ type: 'pkcs8', format: 'der' }))
  await alertWith(page, /holds a private key .* neither stored nor logged/)
  await drop('holiday.png', Buffer.from('89504e470d0a1a0a', 'hex'))
  await alertWith(page, 'The file')
  await drop('pump-1.pem', device.issued.pem)
  await alertWith(page, 'There is no CA certificate in pump-1.pem')
  await page.getByText('The certificate "CN=pump-1" is no CA certificate').waitFor()
  expect(await page.getByRole('button', { name: 'Upload certificate' }).isDisabled()).toBe(true)

  await drop('plant.chain.pem', `${device.chainPem}${ca.root.pem}\r\nnull`)
  await page.getByText('In plant.chain.pem: 3 certificates.').waitFor()
  expect(await page.getByRole('radio', { name: /^CN=pump-1/ }).isDisabled()).toBe(true)
  expect(await page.getByLabel('Certificate name').inputValue()).toBe('Plant-intermediate-CA')
  await page.getByRole('radio', { name: /^CN=Plant root CA/ }).check()
  expect(await page.getByLabel('Certificate name').inputValue()).toBe('Plant-root-CA')
  await page.getByLabel('Certificate name').fill('plant/7')
  expect(await portal.axe()).toEqual([])
  await press(page, 'Upload certificate')
  await alertWith(page, 'The certificate name "plant/7" is not legal')
  await page.getByLabel('Certificate name').fill('plant-7')
  await page.getByRole('checkbox', { name: /^Set certificate status to verified on upload/ }).check()
  await press(page, 'Upload certificate')
  await page.getByRole('heading', { level: 1, name: 'plant-7' }).waitFor()
  await page.getByText('Verified', { exact: true }).first().waitFor()
  await page.getByText(ca.root.certificate.sha1Thumbprint.toUpperCase()).waitFor()
  const file = page.waitForEvent('download')
  await press(page, 'Download PEM')
  expect((await file).suggestedFilename()).toBe('plant-7.pem')
  expect(readFileSync(await (await file).path(), 'utf8')).toBe(ca.root.pem)

  await page.goto(`${url}/certificates?add`)
  await page.locator('input[type=file]').setInputFiles(fileOf('Plant-7.der', ca.root.der))
  await page.getByText('There is a certificate of this name already.').waitFor()
  expect(portal.problems).toEqual([])
})

const hostile = '<img src=x onerror="window.hacked=1">'

async function openUnverified(portal: Portal) {
  const { world } = portal
  const common = { at: world.clock.now(), random: realRandom }
  const root = await issueRoot({ ...common, commonName: hostile })
  const other = await issueRoot({ ...common, commonName: 'Other' })
  await operator(world, 'PUT', 'certificates/plant-7', { certificate: root.pem })
  await portal.open('/certificates/plant-7')
  const proof = (code: string, ca: Signer = root, at = common.at) =>
    issueVerification({ ...common, at, days: 1, code, ca }).then(({ pem }) => fileOf('proof.cert.pem', pem))
  return { root, other, proof }
}

test('a certificate is verified step by step; a wrong proof is told why, and nothing done so far is lost', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { root, other, proof } = await openUnverified(portal)
  await press(page, 'Generate verification code')
  await page.getByRole('button', { name: 'Copy Verification code' }).click()
  const code = await page.evaluate(() => navigator.clipboard.readText())
  expect(code).toMatch(/^[0-9A-F]{48}$/)
  await page.getByText(`landfall cert verification ${code} --ca plant-7`).waitFor()
  await press(page, 'Copy With OpenSSL')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`-subj "/CN=${code}"`)
  expect(await portal.axe()).toEqual([])

  const drop = async (file: ReturnType<typeof fileOf>) => page.locator('input[type=file]').setInputFiles(file)
  await drop(await proof('ABCDEF'))
  await alertWith(page, `"ABCDEF"; expected the verification code ${code}.`)
  await drop(await proof(code, other))
  await alertWith(page, 'is signed by "CN=Other"; expected')
  await drop(await proof(code, root, world.clock.now() - 3 * 86_400_000))
  await alertWith(page, 'The verification certificate expired at')
  await drop(fileOf('ca.pem', root.pem))
  await alertWith(page, 'This is the CA certificate')
  await drop(fileOf('verification.key.pem', root.keyPem))
  await alertWith(page, 'verification.key.pem holds a private key. It was not sent.')
  await drop(fileOf('nothing.pem', ''))
  await alertWith(page, 'The verification certificate')
  await page.getByText(code, { exact: true }).waitFor()
  await drop(await proof(code))
  await page.getByText('Certificate plant-7 is verified').waitFor()
  await page.getByText('Enrollment groups may rely on it.').waitFor()
  expect(await operator(world, 'GET', 'certificates/plant-7')).toMatchObject({ isVerified: true })

  // the subject is a stranger's text, in the details as in the list
  await portal.open('/certificates')
  await page.getByText('<img src=x').first().waitFor()
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(await page.locator('main img[src]').count()).toBe(0)
  expect(portal.problems).toEqual([])
})

test('a proof that came too late says so in one sentence; the CA stays as it is, and a new code leads on', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { root, proof } = await openUnverified(portal)
  const shown = () => operator(world, 'GET', 'certificates/plant-7')
  const drop = async (file: ReturnType<typeof fileOf>) => page.locator('input[type=file]').setInputFiles(file)
  const told = page.getByRole('alert')
  await press(page, 'Generate verification code')
  await page.getByRole('button', { name: 'Copy Verification code' }).waitFor()
  const { verificationCode: old } = await shown()

  await drop(await proof(old, root, world.clock.now() - 3 * 86_400_000))
  await alertWith(page, /^The verification certificate expired at [\d-]+T[\d:.]+Z\. Make a new one\.Error code 400004/)
  await press(page, 'Generate another code')
  await told.waitFor({ state: 'detached' })
  const { verificationCode: next, daysLeft, ...kept } = await shown()
  expect(next).not.toBe(old)
  await page.getByText(next, { exact: true }).waitFor()

  await drop(await proof(old))
  await alertWith(
    page,
    `The common name of the verification certificate is "${old}"; expected the verification code ${next}.`,
  )
  world.clock.set(world.clock.now() + 25 * 3_600_000)
  await drop(await proof(next, root, world.clock.now()))
  await alertWith(page, /^The verification code of the certificate "plant-7" expired at .*\. Ask for a new one\./)
  expect(await told.count()).toBe(1)
  expect(await shown()).toEqual({ ...kept, daysLeft: daysLeft - 1, verificationCode: next })
  expect(kept).toMatchObject({ isVerified: false, certificate: expect.any(String) })

  await press(page, 'Generate another code')
  await told.waitFor({ state: 'detached' })
  const { verificationCode: last } = await shown()
  await drop(await proof(last, root, world.clock.now()))
  await page.getByText('Certificate plant-7 is verified').waitFor()
  expect(portal.problems).toEqual([])
})

test('where somebody came between, that is said, what stands there is read, and the same file goes through', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  // so that the page learns nothing by push
  await page.route('**/landfall/events', (route) => route.abort())
  const { proof } = await openUnverified(portal)
  await operator(world, 'POST', 'certificates/plant-7/code')
  await press(page, 'Generate verification code')
  await alertWith(page, '"plant-7" was changed by somebody else since you read it.')
  const code = (await operator(world, 'GET', 'certificates/plant-7')).verificationCode
  await page.getByText(code, { exact: true }).waitFor()
  const again = await operator(world, 'POST', 'certificates/plant-7/code')
  await page.locator('input[type=file]').setInputFiles(await proof(again.verificationCode))
  await alertWith(page, '"plant-7" was changed by somebody else since you read it.')
  await page.getByText(again.verificationCode, { exact: true }).waitFor()
  await press(page, 'Try proof.cert.pem again')
  await page.getByText('Certificate plant-7 is verified').waitFor()
})

test('a certificate in use says by whom, and goes only when that is meant', async () => {
  await using portal = await startPortal()
  const { page, world, url } = portal
  await proveRoot(world, await makeTestCa(world))
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.caReference('test-root'),
  })
  await portal.open('/certificates/test-root')
  expect(await page.getByRole('link', { name: 'line-7' }).getAttribute('href')).toBe(
    '/portal/enrollments/groups/line-7',
  )
  await press(page, 'Delete')
  const dialog = page.getByRole('dialog')
  const confirm = dialog.getByRole('button', { name: 'Delete' })
  await confirm.click()
  await dialog.getByRole('alert').filter({ hasText: 'is named by the enrollment group line-7' }).waitFor()
  expect(await portal.axe()).toEqual([])
  await dialog.getByRole('checkbox', { name: /^Delete it all the same.*refused from then on/ }).check()
  await confirm.click()
  await page.getByText('Certificate test-root deleted').waitFor()
  await page.getByText('No certificates').waitFor()
  expect(page.url()).toBe(`${url}/certificates`)
})

test('ticked certificates go; one that a group relies on stays, by name, until that is meant', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  await operator(world, 'PUT', 'certificates/spare', { certificate: ca.intermediate.pem })
  await world.client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'line-7',
    attestation: attestation.caReference('test-root'),
  })
  const tickAll = async () => {
    await page.getByRole('checkbox', { name: 'Select all that are loaded' }).check()
    await press(page, 'Delete')
  }
  await portal.open('/certificates')
  await page.getByRole('link', { name: 'spare' }).waitFor()
  await tickAll()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Delete 2 certificates?').waitFor()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByText('1 certificate deleted').waitFor()
  await dialog
    .getByRole('row', { name: /^test-root/ })
    .getByText('is named by the enrollment group line-7')
    .waitFor()
  expect(await portal.axe()).toEqual([])
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('link', { name: 'spare' }).waitFor({ state: 'detached' })
  await tickAll()
  await dialog.getByRole('checkbox', { name: /^Also those that groups rely on \(line-7\)/ }).check()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No certificates').waitFor()
  expect(portal.problems).toEqual([])
})
