/**
 * Registrations of fresh X.509 devices, on Landfall and on peers that do next to nothing: `npm run bench`.
 * What is measured and how, and the last figures: README.md beside this file.
 */
import { makeTemporaryDir } from './child.ts'
import { measureStarts } from './landfall.ts'
import { openLoad } from './load.ts'
import { type Measured, type Plan, runRounds } from './measure.ts'
import { type Options, readOptions, UsageError, usage } from './options.ts'
import { profileLandfall } from './profile.ts'
import { aimsOf, aimsTable, registrationsTable, stagesTable } from './report.ts'
import { measureStages } from './stages.ts'
import { openTargets } from './targets.ts'
import { makeTestCa } from './test-ca.ts'

async function bench(options: Options, closing: AsyncDisposableStack): Promise<void> {
  const { path: dir } = closing.use(makeTemporaryDir())
  const ca = await makeTestCa(dir)
  const load = closing.use(await openLoad(options.generators, ca))
  const { count, rounds, concurrency } = options
  const plan: Plan = { count, rounds, concurrency, fullUntilMs: options.deadlineMs / 3, say }
  if (options.profile) return say(await profileLandfall({ dir, ca, load, plan }))

  // first of all, so that nothing has been compiled before the first start
  const starts = options.targets.some((name) => name.startsWith('landfall')) && (await measureStarts(dir, rounds))
  const targets = await openTargets({ wanted: options.targets, dir, ca, closing, say })
  const measured = await runRounds(load, targets, plan)
  say(`\n${registrationsTable(measured)}`)
  const landfall = measured.find(({ target }) => target.name === 'landfall-https')
  if (options.stages) say(`\n${stagesTable(await measureStages({ dir, ca, load, plan }), landfall)}`)
  if (starts) say(`\n${aimsTable(aimsOf(measured, starts))}`)
  failOnErrors(measured)
}

/** A figure that leaves out those who got no answer would be a lie. */
function failOnErrors(measured: readonly Measured[]): void {
  for (const { target, full, half } of measured) {
    const errors = [...full, ...half].flatMap((round) => round.errors)
    if (errors.length > 0) throw new Error(`${target.name}: registrations went wrong. ${errors[0]}`)
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Rejects when the time is up or somebody wants the bench to end; then everything that it opened is closed. */
function stopped(deadlineMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const end = (why: string) => reject(new Error(why))
    setTimeout(() => end(`The bench was not done after ${deadlineMs / 1000} s.`), deadlineMs).unref()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(`Ended by ${signal}.`))
  })
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    say(usage)
    return 0
  }
  await using closing = new AsyncDisposableStack()
  await Promise.race([bench(options, closing), stopped(options.deadlineMs)])
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
