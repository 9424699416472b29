/** The portal in Chromium, on a whole service of its own: what people see, and what must never happen meanwhile. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll } from 'vitest'
import type { ConnectionFile } from '../../src/connection-file.ts'
import { startWorld, type World, type WorldOrder } from '../world.ts'
import { launchChromium, signIn } from './chromium.ts'

export { signIn }

/** Somebody's browser (cookies and storage of their own) at a running service. */
export interface Visit extends AsyncDisposable {
  readonly connection: ConnectionFile
  /** Without a slash at the end: `https://127.0.0.1:…/portal`. */
  readonly url: string
  readonly page: Page
  /** Opens an address below /portal and waits for its title. */
  open(path: string): Promise<void>
  /** Uncaught errors, messages of the console, refused by the content security policy, requests to elsewhere. */
  readonly problems: readonly string[]
  /** What axe finds wrong with the page as it is now. */
  axe(): Promise<readonly string[]>
}

export interface Portal extends Visit {
  readonly world: World
}

export interface Look {
  readonly locale?: string
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
}

export interface PortalOrder extends Look {
  readonly world?: WorldOrder
  /** Absent: true. */
  readonly signedIn?: boolean
}

export const narrow = { width: 390, height: 844 } as const

export async function startPortal(order: PortalOrder = {}): Promise<Portal> {
  const world = await startWorld(order.world)
  const here = await visit(world.connection, order)
  const portal: Portal = {
    ...here,
    world,
    async [Symbol.asyncDispose]() {
      await here[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
  if (order.signedIn ?? true) await signIn(portal)
  return portal
}

export async function visit(connection: ConnectionFile, look: Look = {}): Promise<Visit> {
  needBuild()
  const { locale = 'en-GB', colorScheme = 'light', viewport = { width: 1280, height: 900 } } = look
  const context = await openContext({ locale, colorScheme, viewport })
  const page = await context.newPage()
  const host = connection.deviceEndpoint.replace(/:\d+$/, '')
  const url = `https://${host}:${connection.ports.https}/portal`
  const problems = watch(page, new URL(url).origin)
  return {
    connection,
    url,
    page,
    problems,
    async open(path) {
      await page.goto(url + path)
      await page.locator('h1').first().waitFor()
    },
    axe: () => axe(page),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

let browser: Promise<Browser> | undefined

/** One browser a test file, one context (cookies, storage) a test. */
export async function openContext(options: BrowserContextOptions) {
  browser ??= launchChromium()
  const context = await (await browser).newContext({ ignoreHTTPSErrors: true, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  return context
}
afterAll(async () => (await browser)?.close())

function needBuild(): void {
  if (existsSync(new URL('../../../portal/dist/index.html', import.meta.url))) return
  throw new Error('These tests need the portal: npm run portal')
}

function watch(page: Page, origin: string): readonly string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    // a refusal is an answer; Chromium tells of each in its console
    if (/^(error|warning)$/.test(message.type()) && !/^Failed to load resource: the server responded/.test(text))
      problems.push(`console: ${text}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(data|blob):/.test(request.url()))
      problems.push(`request to elsewhere: ${request.url()}`)
  })
  return problems
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(comeToRest)
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })')
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  )
}

/** A colour that is still changing is not the one that people read. What turns for ever is not waited for. */
async function comeToRest(): Promise<void> {
  const passing = () =>
    document.getAnimations().filter(({ effect }) => Number.isFinite(Number(effect?.getComputedTiming().endTime)))
  const frame = () => new Promise(requestAnimationFrame)
  // a change of the media is told in one frame, and begins to be seen in the next
  do {
    await Promise.allSettled(passing().map(({ finished }) => finished))
    await frame()
    await frame()
  } while (passing().length > 0)
}
