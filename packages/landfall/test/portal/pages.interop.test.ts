/** Every page, with lists that hold nothing, one thing, and 100,000: in light, in dark and where it is narrow. */
import type { Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameOf } from '../../../../bench/scale/rows.ts'
import { narrow, signIn, type Visit, visit } from './browser.ts'
import { type Filled, first, startFilled } from './many.ts'

const many = 100_000

interface Place {
  readonly path: string
  readonly title: string
  /** Only where there is something. */
  readonly ofOne?: true
}

const places: readonly Place[] = [
  { path: '/', title: 'Overview' },
  { path: '/quick-start', title: 'Quick start' },
  { path: '/policies', title: 'Shared access policies' },
  { path: '/policies/provisioningserviceowner', title: 'provisioningserviceowner' },
  { path: '/hubs', title: 'Linked hubs' },
  { path: '/hubs/127.0.0.1', title: '127.0.0.1' },
  { path: '/hubs/127.0.0.1?policy=iothubowner', title: '127.0.0.1' },
  { path: '/certificates', title: 'Certificates' },
  { path: '/certificates?add', title: 'Upload certificate' },
  { path: `/certificates/${first.certificate}`, title: first.certificate, ofOne: true },
  { path: '/enrollments/groups', title: 'Manage enrollments' },
  { path: '/enrollments/individual', title: 'Manage enrollments' },
  { path: '/enrollments/groups/new', title: 'Add enrollment group' },
  { path: '/enrollments/individual/new', title: 'Add individual enrollment' },
  { path: `/enrollments/groups/${first.group}`, title: first.group, ofOne: true },
  { path: `/enrollments/groups/${first.group}/registrations`, title: first.group, ofOne: true },
  { path: `/enrollments/groups/${first.group}/edit`, title: `Edit ${first.group}`, ofOne: true },
  { path: `/enrollments/individual/${first.individual}`, title: first.individual, ofOne: true },
  { path: '/allocation-policy', title: 'Manage allocation policy' },
  { path: '/registrations', title: 'Registrations' },
  { path: '/registrations?tab=hubs', title: 'Registrations' },
  { path: `/registrations/${first.registration}`, title: first.registration, ofOne: true },
  { path: '/diagnose', title: 'Diagnose' },
  { path: '/activity', title: 'Activity' },
  { path: '/trace/none-such', title: 'Trace' },
  { path: '/no/such/page', title: 'There is no such page' },
]

const lists = [
  { path: '/enrollments/groups', label: 'Enrollment groups', kind: 'plant', search: /group name/, order: 'Group name' },
  {
    path: '/enrollments/individual',
    label: 'Individual enrollments',
    kind: 'valve',
    search: /registration id/,
    order: 'Registration ID',
  },
  {
    path: '/registrations',
    label: 'Registration records',
    kind: 'pump',
    search: /registration IDs/,
    order: 'Registration ID',
  },
] as const

/** A page of a table and everything around it; a table that is not virtual would have a million. */
const mostElements = 4000
/** Those in sight, and some above and below. */
const mostRows = 60

interface Sight extends Visit {
  /** Everything that was asked has been answered, and is shown. */
  settle(): Promise<void>
}

/** The stream of events stays open, and is waited for by nobody. */
function sightOf(seen: Visit): Sight {
  const { page } = seen
  const asked = new Set<Request>()
  page.on('request', (request) => {
    if (request.resourceType() !== 'eventsource') asked.add(request)
  })
  page.on('requestfinished', (request) => void asked.delete(request))
  page.on('requestfailed', (request) => void asked.delete(request))
  return {
    ...seen,
    async settle() {
      await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))))
      await expect.poll(() => asked.size, { timeout: 30_000 }).toBe(0)
      await expect.poll(() => page.getByRole('progressbar').count(), { timeout: 30_000 }).toBe(0)
    },
  }
}

describe.each([
  { holds: 'nothing', count: 0 },
  { holds: 'one thing', count: 1 },
  { holds: '100,000 things', count: many },
])('where every list holds $holds', ({ count }) => {
  let service: Filled
  let sight: Sight
  beforeAll(async () => {
    service = await startFilled(count)
    sight = sightOf(await visit(service.connection))
    await signIn(sight)
  })
  afterAll(async () => {
    await sight[Symbol.asyncDispose]()
    await service[Symbol.asyncDispose]()
  })

  test.each(places.filter(({ ofOne }) => count > 0 || !ofOne))(
    'axe, the console and the policy find nothing wrong with $path, in light, in dark, and narrow',
    async ({ path, title }) => {
      const { page } = sight
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize({ width: 1280, height: 900 })
      await sight.open(path)
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
      await sight.settle()
      expect((await page.title()).split(' · ')).toEqual([title, expect.any(String), 'Landfall'])
      expect(await sight.axe()).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await sight.axe()).toEqual([])
      await page.setViewportSize(narrow)
      await sight.settle()
      expect(await sight.axe()).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(narrow.width)
      expect(await page.locator('*').count()).toBeLessThan(mostElements)
      expect(sight.problems).toEqual([])
    },
  )

  // shorter lists have nothing to look through
  if (count < many) return

  test.each(lists)(
    '$label: one is found among all, many are scrolled through, and the last of all is a key, a scroll or an order away',
    async ({ path, label, kind, search, order }) => {
      const { page } = sight
      await page.setViewportSize({ width: 1280, height: 900 })
      await sight.open(path)
      const rows = page.getByRole('grid', { name: label, exact: true }).getByRole('row')
      const found = (nth: number) => rows.filter({ hasText: nameOf(kind, nth) })
      const look = (text: string) => page.getByRole('searchbox', { name: search }).fill(text)
      await found(0).waitFor()
      await page.getByText('100 of 100,000 loaded').waitFor()

      const last = found(many - 1)
      await rows.nth(1).focus()
      await page.keyboard.press('End')
      await last.waitFor()
      await page.getByText('200 of 100,000 loaded').waitFor()
      expect(await last.getAttribute('aria-rowindex')).toBe('100001')
      // still there, though it was not read yet when the key was pressed
      expect(await last.evaluate((row) => row === document.activeElement)).toBe(true)
      await page.keyboard.press('ArrowUp')
      expect(await found(many - 2).evaluate((row) => row === document.activeElement)).toBe(true)
      expect(await sight.axe()).toEqual([])
      await page.keyboard.press('Home')
      await found(0).waitFor()
      expect(await page.evaluate(scrollToEnd)).toBeLessThan(mostRows)
      await last.waitFor()

      await look(`${kind}-00054321`)
      await found(54_321).waitFor()
      await expect.poll(() => rows.count()).toBe(2)

      await look(`${kind}-00054`)
      await page.getByText('100 of 1,000 loaded').waitFor()
      expect(await page.evaluate(scrollThrough)).toBeLessThan(mostRows)
      await found(54_999).waitFor()
      await page.getByText('1,000 entries').waitFor()

      await look('')
      await page.getByText(/of 100,000 loaded$/).waitFor()
      await found(0).waitFor()
      await page.getByRole('columnheader', { name: order }).getByRole('button').click()
      await found(many - 1).waitFor()
      expect(sight.problems).toEqual([])
    },
  )

  test('the log of changes: the newest first, older ones when asked, and one of them found', async () => {
    const { page } = sight
    await sight.open('/activity')
    await page.getByRole('link', { name: nameOf('plant', many - 1), exact: true }).waitFor()
    await page.getByRole('button', { name: 'Show older changes' }).click()
    await page.getByRole('link', { name: nameOf('plant', many - 150), exact: true }).waitFor()
    const one = nameOf('plant', 54_321)
    await sight.open(`/activity?kind=group&id=${one}`)
    await page.getByRole('heading', { level: 1, name: `Activity of Enrollment group ${one}` }).waitFor()
    await page.getByText(`PUT /enrollmentGroups/${one}`).waitFor()
    expect(sight.problems).toEqual([])
  })
})

/** Within the page: at once. Gives how many rows the page held at most. */
async function scrollToEnd(): Promise<number> {
  const scroll = document.querySelector('[role=grid]')?.parentElement
  if (scroll) scroll.scrollTop = scroll.scrollHeight
  await new Promise(requestAnimationFrame)
  return document.querySelectorAll('[aria-rowindex]').length
}

/** Within the page: down and down, never past what is not read yet. Gives how many rows the page held at most. */
async function scrollThrough(): Promise<number> {
  const scroll = document.querySelector('[role=grid]')?.parentElement
  const shown = () => [...document.querySelectorAll('[aria-rowindex]')]
  let most = 0
  while (scroll && scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 1) {
    if (!document.querySelector('[aria-busy=true]')) scroll.scrollTop += scroll.clientHeight / 2
    await new Promise(requestAnimationFrame)
    most = Math.max(most, shown().length)
  }
  return most
}
