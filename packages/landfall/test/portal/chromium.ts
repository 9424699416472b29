/** A browser, and the way into the portal. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { ConnectionFile } from '../../src/connection-file.ts'

export function launchChromium(): Promise<Browser> {
  const root = process.getuid?.() === 0
  return chromium.launch({ executablePath: findChromium(), args: root ? ['--no-sandbox'] : [] })
}

function findChromium(): string {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  const found = places.find((place) => place !== undefined && existsSync(place))
  if (found) return found
  throw new Error('These tests need Chromium: apt-get install chromium, or name one in the variable CHROMIUM.')
}

export interface Entrance {
  readonly page: Page
  /** Of the portal, without a slash at the end. */
  readonly url: string
  readonly connection: Pick<ConnectionFile, 'serviceConnectionString'>
}

/** As a person does it, with the owner's connection string. */
export async function signIn({ page, url, connection }: Entrance, path = '/'): Promise<void> {
  await page.goto(url + path)
  await page.locator('input[type=password]').fill(connection.serviceConnectionString)
  await page.locator('button[type=submit]').click()
  await page.locator('main#content h1').waitFor()
}
