/** The CA of a group is replaced while its devices register all the while: docs/certificates.md, "Roll over". */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { attestation } from 'landfall-client'
import { expect, test, vi } from 'vitest'
import type { LoopOrder, LoopOutcome } from '../sdk/device-loop.ts'
import { environmentOf } from '../sdk/run.ts'
import { makeTestCa, proveRoot, type TestCa } from '../test-ca.ts'
import { startWorld, type World } from '../world.ts'
import { landfallJson } from './landfall.ts'

// whole programs, one after the other, on a machine that may be busy
vi.setConfig({ testTimeout: 180_000 })

/** Devices of one CA over HTTPS and MQTT, with the published SDK, in a process of their own. */
class Fleet implements AsyncDisposable {
  readonly outcomes: LoopOutcome[] = []
  readonly #child: ChildProcess
  readonly #ids: readonly string[]
  #heard = () => {}
  #said = ''

  private constructor(child: ChildProcess, ids: readonly string[]) {
    this.#child = child
    this.#ids = ids
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString()
    })
    if (!child.stdout) throw new Error('no standard output')
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.outcomes.push(JSON.parse(line) as LoopOutcome)
      this.#heard()
    })
    child.once('exit', () => this.#heard())
  }

  static async start(world: World, ca: TestCa, name: string): Promise<Fleet> {
    const devices = await Promise.all(
      (['http', 'mqtt'] as const).map(async (transport) => {
        const registrationId = `${name}-${transport}`
        const { certificate, key } = await ca.device(registrationId)
        return { registrationId, transport, certificate, key }
      }),
    )
    const order: LoopOrder = { host: world.host, idScope: world.connection.idScope, devices }
    const program = ['--no-deprecation', join(import.meta.dirname, '../sdk/device-loop.ts'), JSON.stringify(order)]
    const child = spawn(process.execPath, program, { env: environmentOf(world) })
    return new Fleet(
      child,
      devices.map(({ registrationId }) => registrationId),
    )
  }

  /** Every device has registered that often again; gives what came of it. */
  async rounds(count: number): Promise<readonly LoopOutcome[]> {
    const from = this.outcomes.length
    const since = () => this.outcomes.slice(from)
    const enough = () => this.#ids.every((id) => since().filter((one) => one.registrationId === id).length >= count)
    while (!enough()) {
      if (this.#child.exitCode !== null) throw new Error(`the devices ended: ${this.#said}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
    return since()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin?.end()
    await gone
  }
}

const refused = (fleet: Fleet) => fleet.outcomes.filter(({ assigned }) => !assigned)

interface Kind {
  readonly kind: string
  readonly create: (world: World, old: TestCa) => Promise<unknown>
  /** Options of `enrollment-group update`, for a primary and perhaps a secondary. */
  readonly slots: (world: World, primary: Side, secondary?: Side) => readonly string[]
}

type Side = { readonly name: string; readonly ca: TestCa }

const pathOf = (world: World, { name, ca }: Side) => {
  const path = join(world.dir, `${name}.cert.pem`)
  writeFileSync(path, ca.root.pem)
  return path
}

const kinds: readonly Kind[] = [
  {
    kind: 'named uploaded certificates',
    create: (world) =>
      world.client.enrollmentGroups.createOrUpdate({
        enrollmentGroupId: 'line-7',
        attestation: attestation.caReference('old'),
      }),
    slots: (_, primary, secondary) => [
      ...['--ca-name', primary.name],
      ...(secondary ? ['--secondary-ca-name', secondary.name] : []),
    ],
  },
  {
    kind: 'signing certificates of its own',
    create: (world, old) =>
      world.client.enrollmentGroups.createOrUpdate({
        enrollmentGroupId: 'line-7',
        attestation: attestation.signingCertificate(old.root.pem),
      }),
    slots: (world, primary, secondary) => [
      ...['--certificate-path', pathOf(world, primary)],
      ...(secondary ? ['--secondary-certificate-path', pathOf(world, secondary)] : []),
    ],
  },
]

test.each(kinds)(
  'a group with $kind gets another CA, and no device is refused meanwhile',
  async ({ create, slots }) => {
    await using world = await startWorld({ standardPorts: true })
    const [old, fresh] = [
      { name: 'old', ca: await makeTestCa(world, 'Old') },
      { name: 'new', ca: await makeTestCa(world, 'New') },
    ]
    const update = (...options: readonly string[]) =>
      landfallJson(['enrollment-group', 'update', 'line-7', ...options, '--data', world.dir])
    await proveRoot(world, old.ca, 'old')
    await create(world, old.ca)
    await using oldDevices = await Fleet.start(world, old.ca, 'old')
    await oldDevices.rounds(1)

    await proveRoot(world, fresh.ca, 'new')
    await oldDevices.rounds(1)
    await update(...slots(world, old, fresh))
    await using newDevices = await Fleet.start(world, fresh.ca, 'new')
    await Promise.all([oldDevices.rounds(2), newDevices.rounds(2)])
    await update(...slots(world, fresh, old))
    await Promise.all([oldDevices.rounds(2), newDevices.rounds(2)])
    expect([refused(oldDevices), refused(newDevices)]).toEqual([[], []])

    await update(...slots(world, fresh))
    // what was under way when the old CA went may have been let in
    await oldDevices.rounds(1)
    const [ofOld] = await Promise.all([oldDevices.rounds(2), newDevices.rounds(2)])
    expect(refused(newDevices)).toEqual([])
    for (const { registrationId, assigned, told } of ofOld) {
      expect(assigned, registrationId).toBe(false)
      expect(told?.replaceAll('\\', ''), registrationId).toContain(
        `The chain of "${registrationId}" ends at "CN=Old root CA", which is no certificate of an enrollment group here.`,
      )
    }
  },
)
