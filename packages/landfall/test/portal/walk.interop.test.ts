/**
 * The walk of the README from start to end, in a browser: a CA is uploaded and proven, a program enrolls its intermediate,
 * devices with the published SDK register meanwhile, one is refused and diagnosed, and in the end everything is deleted.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { signIn, type Visit, visit } from './browser.ts'
import { type Captions, captions } from './captions.ts'
import { drop } from './drop.ts'
import { type Plant, startPlant } from './plant.ts'

const enrollGroup = join(import.meta.dirname, '../../../../examples/enroll-group.ts')

interface Walk extends Visit {
  readonly plant: Plant
  readonly words: Captions
}

test.each([
  { language: 'English', locale: 'en-GB', words: captions.en },
  { language: 'Dutch', locale: 'nl-NL', words: captions.nl },
])('the whole walk, from the CA to its end, without a page being loaded anew: $language', async ({ locale, words }) => {
  await using plant = await startPlant()
  await using seen = await visit(plant.connection, { locale })
  const walk: Walk = { ...seen, plant, words }
  await signIn(seen)
  await seen.page.evaluate(() => Object.assign(globalThis, { sameDocument: true }))

  await makeCertificates(walk)
  await uploadRoot(walk)
  await provePossession(walk)
  await enrollFromProgram(walk)
  await registerWhileWatched(walk)
  await refuseBrokenChain(walk)
  await diagnoseIt(walk)
  await deleteGroup(walk)
  await deleteRoot(walk)
  await readActivity(walk)

  expect(await seen.page.evaluate(() => 'sameDocument' in globalThis)).toBe(true)
  expect(seen.problems).toEqual([])
})

/** By the menu, as people go. */
async function goTo({ page }: Visit, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  await expect.poll(() => page.title()).toMatch(new RegExp(`^${name} · .* · Landfall$`))
}

const main = (page: Page) => page.locator('main#content')
const file = ({ plant }: Walk, name: string) => join(plant.dir, 'certs', name)
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, exact: true })
const said = (page: Page, text: string) => main(page).getByText(text, { exact: true })
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const rowOf = (page: Page, id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id }) })

/** Line-9 stands below the enrolled intermediate, and pump-9 will forget to send it. */
async function makeCertificates({ plant }: Walk): Promise<void> {
  await plant.type('landfall cert root Walk-Root')
  await plant.type('landfall cert intermediate Walk-Line --ca Walk-Root')
  await plant.type('landfall cert device pump-1 pump-2 --ca Walk-Line')
  await plant.type('landfall cert intermediate Line-9 --ca Walk-Line')
  await plant.type('landfall cert device pump-9 --ca Line-9')
}

async function uploadRoot(walk: Walk): Promise<void> {
  const { page, words } = walk
  await goTo(walk, words.certificates)
  await said(page, words.noCertificates).waitFor()
  await button(page, words.uploadCertificate).first().click()
  await heading(page, words.uploadCertificate).waitFor()
  await drop(button(page, words.certificateFile), file(walk, 'Walk-Root.cert.pem'))
  expect(await page.getByRole('textbox', { name: words.nameOfCertificate }).inputValue()).toBe('Walk-Root')
  expect(await walk.axe()).toEqual([])
  await button(page, words.uploadCertificate).click()
  await heading(page, 'Walk-Root').waitFor()
}

/** With the very command that the page shows, taken over the clipboard into a shell. */
async function provePossession(walk: Walk): Promise<void> {
  const { page, words, plant } = walk
  await button(page, words.generateCode).click()
  await button(page, words.copyCommand).click()
  const command = await page.evaluate(() => navigator.clipboard.readText())
  expect(command).toMatch(/^landfall cert verification [0-9A-F]{20,} --ca Walk-Root$/)
  const [, written = ''] = /(\S+\.cert\.pem)/.exec(await plant.type(command)) ?? []
  expect(await walk.axe()).toEqual([])
  await drop(button(page, words.verificationFile), join(plant.dir, written))
  await said(page, `${words.verified}.`).waitFor()
}

/** The list is open meanwhile, and shows the group by itself. */
async function enrollFromProgram(walk: Walk): Promise<void> {
  const { page, words, plant } = walk
  await goTo(walk, words.enrollments)
  await said(page, words.noGroups).waitFor()
  const printed = await plant.type(`node "${enrollGroup}" certs/Walk-Line.cert.pem line-7`)
  expect(printed).toBe('Initiating enrollment group creation...\nEnrollment group created.\n')
  await rowOf(page, 'line-7').waitFor()
}

/** One device while all registrations are looked at, another while those of the group are. */
async function registerWhileWatched(walk: Walk): Promise<void> {
  const { page, words, plant } = walk
  const assigned = async (registration: ReturnType<Plant['device']>) => {
    const { result } = await registration
    expect(result).toMatchObject({ status: 'assigned' })
    return String(result?.assignedHub)
  }
  await goTo(walk, words.registrations)
  await said(page, words.noOneRegistered).waitFor()
  const hub = await assigned(plant.device('pump-1', 'http'))
  const justNow = page.getByRole('list', { name: words.justNow }).getByRole('listitem')
  await justNow.filter({ hasText: `pump-1` }).filter({ hasText: words.assigned }).filter({ hasText: hub }).waitFor()
  await page.getByRole('grid', { name: words.records }).and(page.locator(':has-text("pump-1")')).waitFor()
  expect(await rowOf(page, 'pump-1').textContent()).toContain(hub)

  await goTo(walk, words.enrollments)
  await page.getByRole('link', { name: 'line-7', exact: true }).click()
  await heading(page, 'line-7').waitFor()
  await page.getByRole('tab', { name: words.records }).click()
  await rowOf(page, 'pump-1').waitFor()
  await assigned(plant.device('pump-2', 'mqtt'))
  await rowOf(page, 'pump-2').waitFor()
  expect(await rowOf(page, 'pump-2').textContent()).toContain(hub)
  expect(await walk.axe()).toEqual([])
}

/** Only its own certificate is sent; the list of what happened just now leads to the story, which names what is missing. */
async function refuseBrokenChain(walk: Walk): Promise<void> {
  const { page, words, plant } = walk
  await goTo(walk, words.registrations)
  const { error } = await plant.device('pump-9', 'mqtt', 'pump-9.cert.pem')
  expect(error).toBeDefined()
  const justNow = page.getByRole('list', { name: words.justNow }).getByRole('listitem').filter({ hasText: 'pump-9' })
  expect(await justNow.textContent()).toContain(words.refused)
  await justNow.getByRole('link', { name: 'pump-9', exact: true }).click()
  await heading(page, 'pump-9').waitFor()
  await heading(page, words.attempts).waitFor()
  await main(page).getByText('chain_incomplete').first().waitFor()
  await main(page)
    .getByText(/its issuer "(CN=)?Line-9" was not sent/)
    .first()
    .waitFor()
  expect(await walk.axe()).toEqual([])
}

/** From the story to a dry run of the same certificate, and of what it should have been. */
async function diagnoseIt(walk: Walk): Promise<void> {
  const { page, words } = walk
  await main(page).getByRole('link', { name: words.diagnose, exact: true }).click()
  await page.getByRole('tab', { name: words.certificatesTab }).click()
  await drop(button(page, words.chainFiles), file(walk, 'pump-9.cert.pem'))
  await button(page, words.askDiagnosis).click()
  await heading(page, words.wouldBeRefused).waitFor()
  await said(page, words.signedByMissing).waitFor()
  expect(await walk.axe()).toEqual([])
  await drop(button(page, words.chainFiles), file(walk, 'Line-9.cert.pem'))
  await button(page, words.askDiagnosis).click()
  await heading(page, words.wouldBeAssigned).waitFor()
}

/** As the command line counts them. */
async function devicesOnHubs({ type }: Plant): Promise<number> {
  const hubs = JSON.parse(await type('landfall hub list --json')) as readonly { readonly devices: number }[]
  return hubs.reduce((sum, { devices }) => sum + devices, 0)
}

/** Tick and delete, with what its devices left behind. */
async function deleteGroup(walk: Walk): Promise<void> {
  const { page, words, plant } = walk
  await goTo(walk, words.enrollments)
  expect(await devicesOnHubs(plant)).toBe(2)
  await page.getByRole('checkbox', { name: words.tick }).check()
  await button(page, words.delete).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: words.recordsToo }).check()
  await dialog.getByRole('checkbox', { name: words.identitiesToo }).check()
  expect(await walk.axe()).toEqual([])
  await dialog.getByRole('button', { name: words.delete, exact: true }).click()
  await page.getByText(words.allDeleted).waitFor()
  await said(page, words.noGroups).waitFor()
  expect(await devicesOnHubs(plant)).toBe(0)
  await goTo(walk, words.registrations)
  await said(page, words.noOneRegistered).waitFor()
}

async function deleteRoot(walk: Walk): Promise<void> {
  const { page, words } = walk
  await goTo(walk, words.certificates)
  await page.getByRole('link', { name: 'Walk-Root' }).click()
  await heading(page, 'Walk-Root').waitFor()
  await button(page, words.delete).click()
  await page.getByRole('dialog').getByRole('button', { name: words.delete, exact: true }).click()
  await said(page, words.noCertificates).waitFor()
}

/** All of it is there, with who: the program came in by the same policy as the person. */
async function readActivity(walk: Walk): Promise<void> {
  const { page, words } = walk
  await goTo(walk, words.activity)
  const entries = main(page).getByRole('listitem')
  const changes = [
    [words.created, words.caCertificate, 'Walk-Root'],
    [words.changed, words.caCertificate, 'Walk-Root'],
    [words.created, words.group, 'line-7'],
    [words.deleted, words.group, 'line-7'],
    [words.deleted, words.record, 'pump-1'],
    [words.deleted, words.record, 'pump-2'],
    [words.deleted, words.device, 'pump-1'],
    [words.deleted, words.device, 'pump-2'],
    [words.deleted, words.caCertificate, 'Walk-Root'],
  ] as const
  for (const told of changes) {
    const entry = told.reduce((found, hasText) => found.filter({ hasText }), entries).first()
    await entry.waitFor()
    expect(await entry.textContent()).toContain(words.byPolicy)
  }
  const key = readFileSync(file(walk, 'Walk-Root.key.pem'), 'utf8').split('\n')[1] ?? 'none'
  expect(await page.content()).not.toContain(key)
  expect(await walk.axe()).toEqual([])
}
