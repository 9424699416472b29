/** Help where it is needed: at each field of a form, and for each filter above a list. */
import { expect, test } from 'vitest'
import { startPortal } from './browser.ts'

const languages = [
  { locale: 'en-GB', help: 'Help with the filters', of: /^Help with / },
  { locale: 'nl-NL', help: 'Uitleg bij de filters', of: /^Uitleg bij / },
]

const forms = [
  '/quick-start',
  '/diagnose',
  '/hubs?add',
  '/hubs/127.0.0.1',
  '/policies?add',
  '/policies?tab=tokens&add',
  '/enrollments/groups/new',
  '/enrollments/individual/new',
]

test.each(languages)(
  'in $locale each field of a form says what is meant, or has a button that does',
  async (language) => {
    await using portal = await startPortal({ locale: language.locale })
    const { page } = portal
    for (const path of forms) {
      await portal.open(path)
      const fields = page.locator('.fui-Field')
      await fields.first().waitFor()
      const bare = fields
        .filter({ hasNot: page.locator('.fui-Field__hint') })
        .filter({ hasNot: page.getByRole('button', { name: language.of }) })
      expect([path, await bare.allTextContents()]).toEqual([path, []])
    }
    expect(portal.problems).toEqual([])
  },
)

const lists = [
  { path: '/enrollments/groups', filters: ['status', 'attestation', 'hub'] },
  { path: '/enrollments/individual', filters: ['status', 'attestation', 'hub'] },
  { path: '/registrations', filters: ['status', 'hub', 'group'] },
  { path: '/registrations?tab=hubs', filters: ['hub', 'reason'] },
  { path: '/certificates', filters: ['status'] },
  { path: '/hubs', filters: ['kind'] },
  { path: '/policies', filters: ['right'] },
  { path: '/activity', filters: ['kind', 'id', 'actor', 'since', 'until'] },
]

test.each(languages)(
  'in $locale a list says what each of its filters does, when it is asked',
  async ({ locale, help }) => {
    await using portal = await startPortal({ locale })
    const { page } = portal
    for (const { path, filters } of lists) {
      await portal.open(path)
      const button = page.getByRole('button', { name: help, exact: true })
      const said = page.locator('main').getByRole('definition')
      expect(await said.count()).toBe(0)
      await button.press('Enter')
      await said.last().waitFor()
      expect([path, await said.count()]).toEqual([path, filters.length])
      expect(await button.getAttribute('aria-expanded')).toBe('true')
      expect(await portal.axe()).toEqual([])
      await button.press('Enter')
      await said.last().waitFor({ state: 'detached' })
    }
    expect(portal.problems).toEqual([])
  },
)
