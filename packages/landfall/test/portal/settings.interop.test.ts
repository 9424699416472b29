/** Shared access policies, tokens, linked hubs and certificates together: who sees what, and whether everybody can use them. */
import { expect, test } from 'vitest'
import { enrolledCa, makeTestCa, operator, proveRoot } from '../test-ca.ts'
import { narrow, startPortal } from './browser.ts'

test('a reader sees policies, hubs and certificates, but no key and no button that would be refused', async () => {
  await using portal = await startPortal({ signedIn: false })
  const { page, world, url } = portal
  const { bearer } = await operator(world, 'POST', 'tokens', { name: 'guest', roles: ['reader'] })
  const ca = await makeTestCa(world)
  await proveRoot(world, ca)
  await page.goto(`${url}/policies/provisioningserviceowner`)
  await page.getByRole('tab', { name: 'Token' }).click()
  await page.getByRole('textbox', { name: 'Token' }).fill(bearer)
  await page.locator('button[type=submit]').click()
  await page.getByText('You may not see keys here').waitFor()
  const forbidden = page
    .getByRole('main')
    .getByRole('button', { name: /^(Delete|Save|Show|Add|Link|Upload|Create|Regenerate)\b/ })
  expect(await forbidden.allTextContents()).toEqual([])
  const pages = [
    '/policies',
    '/policies?tab=tokens',
    '/hubs',
    '/hubs/127.0.0.1',
    '/certificates',
    '/certificates/test-root',
  ]
  for (const path of pages) {
    await portal.open(path)
    await page
      .getByRole('main')
      .getByText(/provisioningserviceowner|guest|127\.0\.0\.1|test-root/)
      .first()
      .waitFor()
    expect(await forbidden.allTextContents()).toEqual([])
  }
})

test.each([
  { name: 'light', order: {} },
  { name: 'dark', order: { colorScheme: 'dark' } },
  { name: 'narrow and Dutch', order: { viewport: narrow, locale: 'nl-NL' } },
] as const)('axe finds nothing wrong with these pages, with none, one and many of each: $name', async ({ order }) => {
  await using portal = await startPortal(order)
  const { page, world } = portal
  const check = async (path: string) => {
    await portal.open(path)
    await page.locator('main button, main a').first().waitFor()
    expect(await portal.axe(), path).toEqual([])
    const main = page.locator('main')
    expect(await main.evaluate((element) => element.scrollWidth <= element.clientWidth), path).toBe(true)
  }
  for (const path of ['/certificates', '/policies?tab=tokens']) await check(path)
  const ca = await enrolledCa(world)
  await operator(world, 'PUT', 'certificates/unproven', { certificate: ca.intermediate.pem })
  await operator(world, 'POST', 'tokens', { name: 'ops', roles: ['reader'], days: 1 })
  const pages = [
    '/policies',
    '/policies?add',
    '/policies/provisioningserviceowner',
    '/policies?tab=tokens',
    '/policies?tab=tokens&add',
    '/hubs',
    '/hubs?add',
    '/hubs/127.0.0.1',
    '/certificates',
    '/certificates?add',
    '/certificates/test-root',
    '/certificates/unproven',
    '/certificates/none-such',
  ]
  for (const path of pages) await check(path)
  for (let number = 1; number <= 60; number++) {
    await operator(world, 'PUT', `policies/policy-${number}`, { rights: ['EnrollmentRead'] })
    await operator(world, 'PUT', `hubs/hub-${number}.example.com`, {})
    await operator(world, 'PUT', `certificates/ca-${number}`, { certificate: ca.root.pem })
  }
  for (const path of ['/policies', '/hubs', '/certificates']) {
    await check(path)
    await page.getByText(/^6[12] (entries|items)$/).waitFor()
  }
  await page.getByRole('searchbox').fill('ca-60')
  await page.getByText(/^1 (entry|item)$/).waitFor()
  await page.getByRole('link', { name: 'ca-60' }).click()
  await page.getByRole('heading', { level: 1, name: 'ca-60' }).waitFor()
  expect(portal.problems.filter((problem) => !problem.includes('404'))).toEqual([])
})
