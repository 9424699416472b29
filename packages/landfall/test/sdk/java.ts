/** The published Java SDKs: compiled and run against what Maven resolved, with trust as a Java user gives it. */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startWorld, type World } from '../world.ts'
import { run } from './run.ts'

const project = join(import.meta.dirname, 'java')
const trustStorePassword = 'landfall'

/** What a case came to: a result, or the exception and its causes. */
export interface Said {
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly result?: any
  readonly error?: readonly string[]
}

export interface JavaWorld extends AsyncDisposable {
  readonly world: World
  /** Runs the `main` of a class; what each case of the order came to, by its name. */
  run(main: string, order: object): Promise<(name: string) => Said>
}

export async function startJavaWorld(): Promise<JavaWorld> {
  const classPath = resolvedClassPath()
  const world = await startWorld({ standardPorts: true })
  if (world.connection.ports.https !== 443) {
    await world[Symbol.asyncDispose]()
    throw new Error(
      'The Java SDKs dial 443, 8883 and 5671 only, and this user may not bind them: run as root, or `sysctl net.ipv4.ip_unprivileged_port_start=443`.',
    )
  }
  const classes = compiled(world, classPath)
  const flags = [...startsFast, ...speaksUtf8, ...warns, ...trusting(world), '-cp', `${classes}:${classPath}`]
  return {
    world,
    async run(main, order) {
      const ran = await run(world, 'java', [...flags, main, JSON.stringify(order)])
      return readSaid(ran.stdout, `${main} ended with ${ran.code} and said:\n${ran.stdout}\n${ran.stderr}`)
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

function resolvedClassPath(): string {
  try {
    for (const tool of ['java', 'javac', 'keytool']) execFileSync('which', [tool])
    return readFileSync(join(project, 'target/classpath'), 'utf8').trim()
  } catch {
    throw new Error(
      'The Java SDKs are missing: `mvn -q -B -f packages/landfall/test/sdk/java dependency:build-classpath` (with a JDK from 17 on the PATH).',
    )
  }
}

/** Each time, so that what runs is what stands here. */
function compiled({ dir }: World, classPath: string): string {
  const classes = join(dir, 'classes')
  const sources = globSync('src/main/java/*.java', { cwd: project }).map((name) => join(project, name))
  execFileSync('javac', ['-encoding', 'UTF-8', '-d', classes, '-cp', classPath, ...sources])
  return classes
}

const startsFast = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
/** What goes wrong, without what goes well: a failing test shows it. */
const warns = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
/** `file.encoding` is what JDK 17 writes by, `stdout.encoding` what later ones do. */
const speaksUtf8 = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8']

function trusting({ dir, connection }: World): readonly string[] {
  const store = join(dir, 'trust.p12')
  const into = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', trustStorePassword]
  execFileSync('keytool', ['-importcert', '-noprompt', '-alias', 'landfall', '-file', connection.rootCaPath, ...into], {
    stdio: 'pipe',
  })
  return [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${trustStorePassword}`]
}

function readSaid(stdout: string, all: string): (name: string) => Said {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"case"'))
  const said = new Map(lines.map((line) => JSON.parse(line)).map(({ case: name, ...rest }) => [name, rest as Said]))
  return (name) => {
    const found = said.get(name)
    if (!found) throw new Error(`nothing of "${name}": ${all}`)
    return found
  }
}
