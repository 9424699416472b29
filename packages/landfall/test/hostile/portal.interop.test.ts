/** The portal in Chromium, shown what devices, certificates and links can bring, and embedded by sites that mean harm. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attestation } from 'landfall-client'
import { expect, test } from 'vitest'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { utf8String } from '../../src/x509/der-write.ts'
import { caTrue, ecKeys, forgeDer, nameOf } from '../forge.ts'
import { openContext, type Portal, startPortal } from '../portal/browser.ts'
import { registerRaw } from '../raw-device.ts'
import { operator } from '../test-ca.ts'

const markup = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>'
const address = 'javascript:globalThis.harmed=1'
/** RIGHT-TO-LEFT OVERRIDE: what follows is shown backwards. */
const turned = '\u202egnp.exe'

/** Everything that a stranger or a careless colleague can name, named so as to do harm. */
async function fill({ world }: Portal): Promise<{ readonly trackingId: string }> {
  const { client } = world
  const initialTwin = {
    tags: { [markup.replace(/[.$ ]/g, '')]: markup, note: turned },
    properties: { desired: { [`k${'x'.repeat(200)}`]: markup, link: address, __proto__x: markup } },
  }
  const group = await client.enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'fleet',
    attestation: attestation.symmetricKey(),
    initialTwin,
  })
  await client.individualEnrollments.createOrUpdate({
    registrationId: 'one',
    attestation: attestation.symmetricKey(),
    initialTwin,
    optionalDeviceInformation: { note: markup, link: address },
  })
  const subject = nameOf(
    ['2.5.4.3', utf8String(markup)],
    ['2.5.4.10', utf8String(turned)],
    ['2.5.4.11', utf8String(`a\u0000b\n${address}`)],
  )
  const der = forgeDer(
    { subject, extensions: [caTrue()], notBefore: Date.now() - 1000, notAfter: Date.now() + 5 * 86_400_000 },
    ecKeys(),
  )
  await operator(world, 'PUT', 'certificates/evil', { certificate: Buffer.from(der).toString('base64') })
  await operator(world, 'PUT', 'hubs/evil.example', { location: markup.slice(0, 64) })
  const { rootCaPath, idScope, ports } = world.connection
  const device = { host: world.host, port: ports.https, rootPem: readFileSync(rootCaPath, 'utf8'), idScope }
  const key = (registrationId: string) =>
    deriveDeviceKey(group.attestation.symmetricKey?.primaryKey ?? '', registrationId)
  const body = JSON.stringify({
    registrationId: 'pump-1',
    payload: { [markup]: markup, modelId: address, note: turned },
  })
  await registerRaw({ ...device, registrationId: 'pump-1', symmetricKey: key('pump-1'), body })
  await registerRaw({ ...device, registrationId: markup, symmetricKey: key(markup) })
  const refused = await registerRaw({ ...device, registrationId: 'pump-2', symmetricKey: key(markup) })
  return { trackingId: String(refused.body.trackingId) }
}

const harmless = (portal: Portal) => async (): Promise<void> => {
  const { page } = portal
  const found = await page.evaluate((harmful) => {
    const links = [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((element) =>
      ['href', 'src', 'action', 'formaction'].map((name) => element.getAttribute(name) ?? ''),
    )
    return {
      harmed: 'harmed' in globalThis,
      images: document.querySelectorAll('img[src="x"], [onerror], [onclick], [onload]').length,
      scripts: [...document.scripts].filter(({ src }) => src === '').length,
      links: links.filter((link) => link.toLowerCase().includes(harmful)),
    }
  }, 'javascript:')
  expect([page.url(), found]).toEqual([page.url(), { harmed: false, images: 0, scripts: 0, links: [] }])
}

test('what devices, certificates, twins and links bring is text on every page', async () => {
  await using portal = await startPortal()
  const { page, open } = portal
  const { trackingId } = await fill(portal)
  const check = harmless(portal)
  const text = encodeURIComponent(markup)
  const pages = [
    '/',
    '/registrations',
    '/registrations/pump-1',
    `/registrations?search=${text}`,
    '/registrations/none-such',
    '/activity',
    `/activity?actor=${text}&kind=${text}&id=${text}`,
    '/policies',
    '/hubs',
    '/hubs/evil.example',
    '/certificates',
    '/certificates/evil',
    '/enrollments/groups',
    '/enrollments/groups/fleet',
    `/enrollments/groups?search=${text}&sort=${text}`,
    '/enrollments/individual',
    '/enrollments/individual/one',
    '/allocation-policy',
    '/quick-start',
    '/diagnose',
    `/diagnose?registrationId=${text}&group=${text}`,
    `/trace/${trackingId}`,
    `/trace/${text}`,
    `/hubs/${text}`,
    `/certificates/${text}`,
    `/policies/${text}`,
    `/enrollments/groups/${text}`,
    `/enrollments/individual/${text}`,
    `/none/${text}`,
    `/#${text}`,
    `/#sign-in=${text}`,
  ]
  for (const path of pages) {
    await open(path)
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined)
    await check()
  }
  expect(portal.problems).toEqual([])
})

test('text that turns around does not turn what stands beside it', async () => {
  await using portal = await startPortal()
  const { page, open } = portal
  await fill(portal)
  const loose: string[] = []
  for (const path of [
    '/',
    '/registrations/pump-1',
    '/activity',
    '/certificates',
    '/certificates/evil',
    '/enrollments/groups/fleet',
  ]) {
    await open(path)
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined)
    const found = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      const told: string[] = []
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent ?? ''
        if (!/[\u061c\u202a-\u202e\u2066-\u2069]/.test(text) || !node.parentElement?.checkVisibility()) continue
        let element: Element | null = node.parentElement
        let isolated = false
        for (; element && !isolated; element = element.parentElement) {
          const { unicodeBidi, display } = getComputedStyle(element)
          isolated = /isolate|plaintext/.test(unicodeBidi) || display !== 'inline'
          if (display !== 'inline' && element !== node.parentElement) break
        }
        // alone in its box, it turns nothing but itself
        const alone = node.parentElement.textContent === text
        if (!isolated || !alone) told.push(`${node.parentElement.tagName} ${text.slice(0, 80)}`)
      }
      return told
    })
    loose.push(...found.map((what) => `${path}: ${what}`))
  }
  expect(loose).toEqual([])
})

/** A page of somebody else's, on another origin of the same machine. */
async function startEvil(html: (url: string) => string) {
  let url = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(html(url))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    at: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    aim(target: string) {
      url = target
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

test('no site shows the portal, or an answer of an API, in a frame', async () => {
  await using portal = await startPortal()
  await using evil = await startEvil(
    (url) =>
      `<iframe src="${url}/portal/"></iframe><iframe src="${url}/landfall/instance"></iframe><object data="${url}/portal/"></object><embed src="${url}/portal/">`,
  )
  evil.aim(new URL(portal.url).origin)
  const page = await portal.page.context().newPage()
  await page.goto(evil.at)
  await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => undefined)
  for (const frame of page.frames().slice(1)) {
    const shown = await frame.evaluate(() => document.body?.textContent ?? '').catch(() => '')
    expect(shown).not.toMatch(/Landfall|Sign in|serviceName/i)
  }
})

test('a site that somebody who is signed in visits can neither read nor change anything', async () => {
  await using portal = await startPortal()
  await using evil = await startEvil(
    (url) =>
      `<form id=f method=post enctype=text/plain action="${url}/landfall/tokens/revoke-all"><input name='{"x":"' value='"}'></form><script src="${url}/landfall/instance"></script>`,
  )
  const origin = new URL(portal.url).origin
  evil.aim(origin)
  const number = async () => (await operator(portal.world, 'GET', 'audit?limit=1')).items[0]?.number
  const before = await number()
  const page = await portal.page.context().newPage()
  await page.goto(evil.at)
  const told = await page.evaluate(async (url) => {
    const tries: [string, RequestInit][] = [
      ['/landfall/instance', {}],
      ['/landfall/instance', { mode: 'no-cors' }],
      ['/landfall/allocation-policy', { method: 'PUT', body: '{"allocationPolicy":"static"}' }],
      ['/landfall/tokens/revoke-all', { method: 'POST', mode: 'no-cors' }],
      ['/landfall/tokens/revoke-all', { method: 'POST', headers: { 'x-landfall-csrf': 'x' } }],
      ['/landfall/policies/provisioningserviceowner', { method: 'DELETE' }],
      ['/portal/session', { method: 'POST', headers: { authorization: 'Bearer x' } }],
    ]
    return await Promise.all(
      tries.map(([path, init]) =>
        fetch(url + path, { credentials: 'include', ...init }).then(
          async (answer) => `${answer.type} ${await answer.text()}`,
          () => 'nothing',
        ),
      ),
    )
  }, origin)
  for (const answer of told) expect(answer).toMatch(/^(nothing|opaque )$/)
  await page.evaluate(() => (document.getElementById('f') as HTMLFormElement).submit())
  await page.waitForURL(`${origin}/**`, { timeout: 5000 }).catch(() => undefined)
  expect(await number()).toBe(before)
  await portal.open('/')
  expect(portal.problems).toEqual([])
})

test('a cookie that another site or a script planted is no session, and is not taken over', async () => {
  await using portal = await startPortal({ signedIn: false })
  const context = await openContext({})
  try {
    const page = await context.newPage()
    await page.goto(portal.url)
    const planted = await page.evaluate(() => {
      // biome-ignore lint/suspicious/noDocumentCookie: what a script of another page would do
      document.cookie = `__Host-landfall=${'C'.repeat(43)}; Path=/; Secure`
      return document.cookie
    })
    expect(planted).toContain('__Host-landfall')
    await page.reload()
    await page.locator('input[type=password]').fill(portal.world.connection.serviceConnectionString)
    await page.locator('button[type=submit]').click()
    await page.locator('main#content h1').waitFor()
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const [cookie] = (await context.cookies()).filter(({ name }) => name === '__Host-landfall')
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' })
    expect(cookie?.value).not.toBe('C'.repeat(43))
  } finally {
    await context.close()
  }
})
