/**
 * Takes the pictures of docs/portal.md anew: npx node packages/landfall/test/portal/take-screenshots.ts
 * A small plant is enrolled and its devices register within what the service takes for the last hour.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attestation } from 'landfall-client'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { deriveDeviceKey } from '../../src/sas/key.ts'
import { realRandom } from '../../src/system.ts'
import { issueDevice, issueIntermediate } from '../../src/x509/issue.ts'
import { registerRaw } from '../raw-device.ts'
import { enrolledCa, makeTestCa, operator, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { launchChromium, signIn } from './chromium.ts'
import { drop } from './drop.ts'

const pictures = join(import.meta.dirname, '../../../../docs/portal')

interface Story {
  readonly world: World
  readonly ca: TestCa
  /** Of press-09, which forgets to send the intermediate in between. */
  readonly brokenChain: string
}

async function tellStory(world: World): Promise<Story> {
  const now = world.clock.now()
  world.clock.set(now - 57 * 60_000)
  const ca = await enrolledCa(world, 'line-7')
  await operator(world, 'PUT', 'hubs/hub-west.localhost', { kind: 'embedded' })
  const { enrollmentGroups, individualEnrollments } = world.client
  const packaging = await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'packaging',
    attestation: attestation.symmetricKey(),
    initialTwin: { tags: { plant: 7 }, properties: { desired: { interval: 30 } } },
  })
  await enrollmentGroups.createOrUpdate({
    enrollmentGroupId: 'test-rig',
    attestation: attestation.symmetricKey(),
    provisioningStatus: 'disabled',
  })
  await individualEnrollments.createOrUpdate({ registrationId: 'gate-1', attestation: attestation.symmetricKey() })
  await addUnprovenRoot(world)

  const { idScope, ports, rootCaPath } = world.connection
  const to = { host: '127.0.0.1', port: ports.https, idScope, rootPem: readFileSync(rootCaPath, 'utf8') }
  const key = packaging.attestation.symmetricKey?.primaryKey ?? ''
  for (const [minute, devices] of [2, 0, 1, 3, 0, 0, 4, 1, 2, 5, 0, 2, 6, 3].entries()) {
    world.clock.set(now - (54 - minute * 4) * 60_000)
    for (let nth = 0; nth < devices; nth++) {
      const registrationId = `packer-${String(minute * 3 + nth + 1).padStart(2, '0')}`
      await registerRaw({ ...to, registrationId, symmetricKey: deriveDeviceKey(key, registrationId) })
    }
    if (minute % 5 === 3)
      await registerRaw({ ...to, registrationId: 'mixer-3', symmetricKey: deriveDeviceKey(key, 'x') })
  }
  world.clock.set(now)
  for (const registrationId of ['press-01', 'press-02', 'press-03']) {
    const { chainPem, issued } = await ca.device(registrationId)
    await registerRaw({ ...to, registrationId, certificate: chainPem, key: issued.keyPem })
  }
  const common = { at: now, random: realRandom }
  const line = await issueIntermediate({ ...common, commonName: 'Press line CA', ca: ca.intermediate })
  const broken = await issueDevice({ ...common, registrationId: 'press-09', ca: line })
  await registerRaw({ ...to, registrationId: 'press-09', certificate: broken.pem, key: broken.keyPem })
  const brokenChain = join(world.dir, 'press-09.cert.pem')
  writeFileSync(brokenChain, broken.pem)
  return { world, ca, brokenChain }
}

async function addUnprovenRoot(world: World): Promise<void> {
  const { root } = await makeTestCa(world, 'Plant 8')
  await operator(world, 'PUT', 'certificates/plant-8-root', { certificate: root.pem })
  await operator(world, 'POST', 'certificates/plant-8-root/code')
}

interface Picture {
  readonly name: string
  readonly path: string
  readonly look?: BrowserContextOptions
  /** What must be there before the picture is taken. */
  readonly shows: string | RegExp
  readonly prepare?: (page: Page, story: Story) => Promise<void>
}

const picturesToTake: readonly Picture[] = [
  { name: 'overview', path: '/', shows: 'chain_incomplete', look: { viewport: { width: 1280, height: 900 } } },
  { name: 'overview-dark', path: '/', shows: 'chain_incomplete', look: { colorScheme: 'dark' } },
  { name: 'certificate', path: '/certificates/plant-8-root', shows: 'With OpenSSL' },
  { name: 'enrollments', path: '/enrollments/groups', shows: 'packaging' },
  { name: 'enrollments-dutch', path: '/enrollments/groups', shows: 'packaging', look: { locale: 'nl-NL' } },
  { name: 'registrations', path: '/registrations', shows: 'packer-01' },
  {
    name: 'registrations-narrow',
    path: '/registrations',
    shows: 'packer-01',
    look: { viewport: { width: 390, height: 800 } },
  },
  { name: 'device', path: '/registrations/press-09', shows: 'chain_incomplete' },
  { name: 'diagnose', path: '/diagnose', shows: 'Would be refused', prepare: askDiagnosis },
  { name: 'activity', path: '/activity', shows: 'plant-8-root' },
]

async function askDiagnosis(page: Page, { brokenChain }: Story): Promise<void> {
  await drop(page.getByRole('button', { name: /Choose a file$/ }), brokenChain)
  await page.locator('main#content').getByRole('button', { name: 'Diagnose', exact: true }).click()
}

const world = await startWorld({ config: { hostnames: ['localhost'], httpsPort: 443, mqttPort: 8883, amqpPort: 5671 } })
await using closing = new AsyncDisposableStack()
closing.use(world)
const story = await tellStory(world)
const browser = await launchChromium()
closing.defer(() => browser.close())
mkdirSync(pictures, { recursive: true })
for (const { name, path, shows, look, prepare } of picturesToTake) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...look,
  })
  const page = await context.newPage()
  const url = `https://localhost:${world.connection.ports.https}/portal`
  await signIn({ page, url, connection: world.connection }, path)
  await prepare?.(page, story)
  await page.getByText(shows).first().waitFor()
  await page.getByRole('progressbar').waitFor({ state: 'detached' })
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled', caret: 'hide' })
  console.log(`docs/portal/${name}.png`)
  await context.close()
}
