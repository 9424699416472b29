import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'
import { narrow, signIn, startPortal } from './browser.ts'

test('a stranger is asked to sign in, and comes to where the link led', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, url } = portal
  await signIn(portal, '/trace/none-such')
  await page.getByRole('heading', { level: 1, name: 'Trace' }).waitFor()
  expect(page.url()).toBe(`${url}/trace/none-such`)
  expect(portal.problems).toEqual([])
})

test('neither the key nor anything else of the session stays in the browser for scripts to read', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const key = world.connection.serviceConnectionString.split('SharedAccessKey=')[1] ?? 'none'
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML]),
  )
  expect(kept).not.toContain(key)
  expect(await page.evaluate(() => document.cookie)).toBe('')
})

test('a wrong key is told as the service says it, and the form can be tried again', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, url, world } = portal
  await page.goto(url)
  const wrong = world.connection.serviceConnectionString.replace(/SharedAccessKey=.{4}/, 'SharedAccessKey=AAAA')
  await page.locator('input[type=password]').fill(wrong)
  await page.getByRole('button', { name: 'Sign in' }).click()
  const alert = page.getByRole('alert').filter({ hasText: 'fits neither key' })
  await alert.waitFor()
  expect(await alert.textContent()).toMatch(/Error code 401000.*tracking id/)
  await signIn(portal)
})

test('a link that offers a token signs nobody in before somebody agrees, and leaves no trace in the address', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, url } = portal
  const claims = Buffer.from(JSON.stringify({ sub: 'mallory' })).toString('base64url')
  await page.goto(`${url}/hubs#sign-in=e30.${claims}.AAAA`)
  await page.getByRole('button', { name: 'Sign in as mallory' }).waitFor()
  expect(page.url()).toBe(`${url}/hubs`)
  await page.getByRole('button', { name: 'Not now' }).click()
  await page.locator('input[type=password]').waitFor()
})

test('a link of "landfall portal" signs in once, by a press of a button that says as whom', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, url, world } = portal
  const answer = await world.fetch(`${new URL(url).origin}/landfall/tokens/issue`, {
    method: 'POST',
    headers: { authorization: await world.token(), 'content-type': 'application/json' },
    body: JSON.stringify({ use: 'sign-in', seconds: 60 }),
  })
  const { token } = (await answer.json()) as { readonly token: string }
  await page.goto(`${url}/diagnose#sign-in=${token}`)
  await page.getByRole('button', { name: /^Sign in as .*provisioningserviceowner/ }).click()
  await page.getByRole('heading', { level: 1, name: 'Diagnose' }).waitFor()
  expect(page.url()).toBe(`${url}/diagnose`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto(`${url}/hubs#sign-in=${token}`)
  await page.getByRole('button', { name: /^Sign in as/ }).click()
  await page.getByRole('alert').waitFor()
  expect(portal.problems).toEqual([])
})

test('a session that ended elsewhere leads to the sign-in page and back to the same place', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await portal.open('/trace/none-such')
  await page.context().clearCookies()
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('Your session has ended.').waitFor()
  await page.locator('input[type=password]').fill(world.connection.serviceConnectionString)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
})

test('whoever goes away is warned, may stay, and is signed out in the end', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page } = portal
  await page.clock.install()
  await signIn(portal)
  await page.clock.fastForward('14:30')
  const warning = page.getByRole('dialog', { name: 'Your session is about to end' })
  await warning.getByText(/signed out in \d+ seconds/).waitFor()
  expect(await portal.axe()).toEqual([])
  await warning.getByRole('button', { name: 'Stay signed in' }).click()
  await warning.waitFor({ state: 'detached' })
  await page.clock.fastForward('15:05')
  await page.getByText('Your session has ended.').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
})

test('signing out ends the session', async () => {
  await using portal = await startPortal()
  const { page } = portal
  await page.getByText('Signed in as provisioningserviceowner').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are signed out.').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
})

test.each([
  { name: 'light', order: {} },
  { name: 'dark', order: { colorScheme: 'dark' } },
  { name: 'narrow', order: { viewport: narrow } },
  { name: 'narrow and dark', order: { viewport: narrow, colorScheme: 'dark' } },
] as const)('axe finds nothing wrong with the overview and the way in: $name', async ({ order }) => {
  await using portal = await startPortal({ ...order, signedIn: false })
  await portal.page.goto(portal.url)
  await portal.page.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await portal.axe()).toEqual([])
  await signIn(portal)
  await portal.page.getByText('Registrations a minute, last hour').first().waitFor()
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test('every page of the menu opens, without a word from axe or the console', async () => {
  await using portal = await startPortal()
  const { page } = portal
  const links = page.getByRole('navigation', { name: 'Menu' }).getByRole('link')
  for (const name of await links.allTextContents()) {
    await links.filter({ hasText: name }).click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
    expect(await page.title()).toContain(name)
    expect(await portal.axe()).toEqual([])
  }
  expect(portal.problems).toEqual([])
})

test('a keyboard reaches everything on the overview', async () => {
  await using portal = await startPortal()
  const { page } = portal
  await page.getByText('Registrations a minute, last hour').first().waitFor()
  const wanted = await page.evaluate(() => {
    const can = 'a[href], button:not([disabled]), summary, input, select, textarea'
    return [...document.querySelectorAll<HTMLElement>(can)]
      .filter((element) => element.checkVisibility() && element.tabIndex >= 0)
      .map((element) => element.outerHTML)
  })
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  const reached = new Set<string>()
  for (let press = 0; press < wanted.length + 20; press++) {
    await page.keyboard.press('Tab')
    reached.add(await page.evaluate(() => document.activeElement?.outerHTML ?? ''))
  }
  const names = [...reached].map(plain)
  expect(wanted.map(plain).filter((element) => !names.includes(element))).toEqual([])
})

/** Fluent marks what has the focus with attributes of its own. */
const plain = (html: string) => html.replace(/ data-fui-[\w-]+="[^"]*"/g, '').replace(/ (class|style)="[^"]*"/g, '')

test('Dutch by the language of the browser, English by choice, and the choice is remembered', async () => {
  await using portal = await startPortal({ locale: 'nl-NL' })
  const { page } = portal
  await page.getByRole('heading', { level: 1, name: 'Overzicht' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('nl')
  expect(await portal.axe()).toEqual([])
  await page.getByRole('combobox', { name: 'Taal' }).selectOption('English')
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['landfall.language'])
})

test('where it is narrow the menu is a drawer', async () => {
  await using portal = await startPortal({ viewport: narrow })
  const { page } = portal
  await page.getByRole('button', { name: 'Open menu' }).click()
  await page.getByRole('dialog', { name: 'Menu' }).waitFor()
  expect(await portal.axe()).toEqual([])
  await page.getByRole('dialog').getByRole('link', { name: 'Linked hubs' }).click()
  await page.getByRole('heading', { level: 1, name: 'Linked hubs' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
})

test('every walk begins with an address: the overview has each that the service listens on, to copy', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  const { deviceEndpoint, idScope, ports } = world.connection
  for (const [label, value] of [
    ['ID Scope', idScope],
    ['Global device endpoint', deviceEndpoint],
    ['Service endpoint', deviceEndpoint],
    ['MQTT endpoint', `${world.host}:${ports.mqtt}`],
    ['AMQP endpoint', `${world.host}:${ports.amqp}`],
  ]) {
    await page.getByRole('button', { name: `Copy ${label}`, exact: true }).click()
    await page.getByText(`${label} copied`, { exact: true }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value)
  }
  expect(portal.problems).toEqual([])
})

test('the overview follows what happens: a device that registers is in the chart without a reload', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await page.getByText('No device has registered in the last hour.').waitFor()
  await page.getByRole('status', { name: 'Live', exact: true }).waitFor()
  const rig = { host: world.host, port: world.connection.ports.https, idScope: world.connection.idScope }
  const rootPem = readFileSync(world.connection.rootCaPath, 'utf8')
  const { attestation } = await world.client.individualEnrollments.createOrUpdate({
    registrationId: 'pump-1',
    attestation: { type: 'symmetricKey' },
  })
  await page.getByRole('link', { name: /^1\s*Individual enrollments$/ }).waitFor()
  await registerRaw({ ...rig, rootPem, registrationId: 'pump-1', symmetricKey: attestation.symmetricKey?.primaryKey })
  await page.getByRole('link', { name: /^1\s*Registration records$/ }).waitFor()
  await page.getByText('No device has registered in the last hour.').waitFor({ state: 'detached' })
  await registerRaw({ ...rig, rootPem, registrationId: 'pump-1', symmetricKey: 'AAAAAAAAAAAAAAAAAAAAAA==' })
  await page.getByRole('rowheader', { name: 'sas_wrong_key' }).waitFor()
  expect(await portal.axe()).toEqual([])
  expect(portal.problems).toEqual([])
})

test.each([
  ['cannot be decoded', '/enrollments/groups/%E0%A4%A'],
  ['cannot be decoded, of a page that is a list', '/hubs/%'],
  ['leads nowhere', '/no/such/page'],
])('an address that %s is told so, within the portal', async (_, path) => {
  await using portal = await startPortal()
  const { page } = portal
  await portal.open(path)
  await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor()
  await page.getByRole('link', { name: 'To the overview' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  expect(portal.problems).toEqual([])
})

test('ids that an address escapes are read as they are', async () => {
  await using portal = await startPortal()
  const { page, world } = portal
  await operator(world, 'PUT', 'policies/ops@plant', { rights: ['EnrollmentRead'] })
  await portal.open('/policies')
  await page.getByRole('link', { name: 'ops@plant' }).click()
  await page.getByRole('heading', { level: 1, name: 'ops@plant' }).waitFor()
  await page.getByText('Primary key', { exact: true }).first().waitFor()
  await portal.open('/registrations/plant%3Apump-1')
  await page.getByRole('heading', { level: 1, name: 'plant:pump-1' }).waitFor()
  expect(portal.problems).toEqual([])
})

test('unsaved changes are asked about: by a link, by Cancel, by Back; once saved, no more', async () => {
  await using portal = await startPortal()
  const { page, url } = portal
  const questions: string[] = []
  let answer = false
  page.on('dialog', (dialog) => {
    questions.push(dialog.message())
    void (answer ? dialog.accept() : dialog.dismiss())
  })
  const form = page.getByRole('heading', { level: 1, name: 'Add enrollment group' })
  const name = page.getByRole('textbox', { name: /^Group name/ })
  await portal.open('/enrollments/groups')
  await page.getByRole('link', { name: 'Add enrollment group' }).first().click()
  await form.waitFor()
  await name.fill('line-7')
  await page.getByRole('radio', { name: /^Symmetric key/ }).check()

  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Next: IoT hubs' }).click()
  await page.evaluate(() => history.back())
  await expect.poll(() => questions.length).toBe(3)
  expect(new Set(questions).size).toBe(1)
  expect(questions[0]).toContain('Leave without saving?')
  // the address is put back after the answer
  await expect.poll(() => page.url()).toBe(`${url}/enrollments/groups/new?step=hubs`)
  await page.getByRole('tab', { name: /^Registration/ }).click()
  expect(await name.inputValue()).toBe('line-7')

  answer = true
  await page.evaluate(() => history.back())
  await page.getByText('No enrollment groups yet').waitFor()
  await page.getByRole('link', { name: 'Add enrollment group' }).first().click()
  await name.fill('line-8')
  await page.getByRole('radio', { name: /^Symmetric key/ }).check()
  await page.getByRole('button', { name: 'Review + create' }).click()
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'line-8' }).waitFor()
  expect(questions).toHaveLength(4)
  expect(portal.problems).toEqual([])
})
