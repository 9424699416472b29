/** What the service refuses, in the Dutch portal: what it is and what to do in Dutch, and the service's own sentence. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { registerRaw } from '../raw-device.ts'
import { makeTestCa } from '../test-ca.ts'
import { startPortal } from './browser.ts'

const dutch = { locale: 'nl-NL' }

test('a refused change has its heading and remedy in Dutch; the English sentence is marked as such', async () => {
  await using portal = await startPortal(dutch)
  const { page } = portal
  await portal.open('/hubs?add')
  await page.getByRole('radio', { name: /^Van deze service/ }).check()
  await page.getByLabel('Hostnaam').fill('no host!')
  await page.getByRole('button', { name: 'Hub koppelen', exact: true }).click()
  const alert = page.getByRole('alert')
  await alert.getByText('De gegevens kloppen niet.', { exact: true }).waitFor()
  await alert.getByText('Verbeter wat hieronder wordt genoemd; wat u hebt ingevuld, blijft staan.').waitFor()
  expect(await alert.locator('[lang=en]').textContent()).toMatch(/^"no host!" is no host name\./)
  expect(await portal.axe()).toEqual([])
  // what the portal itself says is Dutch, and has no other language
  await page.route('**/landfall/hubs/**', (route) => route.abort())
  await page.getByRole('button', { name: 'Hub koppelen', exact: true }).click()
  await alert.getByText(/^De service antwoordde niet/).waitFor()
  expect(await alert.locator('[lang=en]').count()).toBe(0)
  expect(portal.problems.filter((problem) => !problem.includes('net::ERR_FAILED'))).toEqual([])
})

test('so has a device that is turned away, wherever that is told', async () => {
  await using portal = await startPortal(dutch)
  const { page, world } = portal
  const stranger = await (await makeTestCa(world, 'Stranger')).device('valve-9')
  const { body } = await registerRaw({
    host: world.host,
    port: world.connection.ports.https,
    rootPem: readFileSync(world.connection.rootCaPath, 'utf8'),
    idScope: world.connection.idScope,
    registrationId: 'valve-9',
    certificate: stranger.chainPem,
    key: readFileSync(stranger.key, 'utf8'),
  })
  const { reason } = body.info ?? {}
  expect(reason).toBe('chain_incomplete')
  for (const path of ['/', '/registrations/valve-9', `/trace/${body.trackingId}`]) {
    await portal.open(path)
    await page.getByText('Keten is onvolledig').first().waitFor()
    await page.getByText(/^Stuur de tussencertificaten mee/).waitFor()
    await page.locator('[lang=en]').filter({ hasText: body.message }).first().waitFor()
    expect(await portal.axe()).toEqual([])
  }
  expect(portal.problems).toEqual([])
})
