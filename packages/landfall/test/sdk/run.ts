/** Runs a client as its own process, with trust and ports as a user would set them; its last line of output is JSON. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { ConnectionFile } from '../../src/connection-file.ts'
import type { World } from '../world.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A service that clients reach: a world's, or a process of its own. */
export type Reached = Pick<World, 'clientEnvironment'> & { readonly connection: Pick<ConnectionFile, 'rootCaPath'> }

/** `trust` and, where the standard ports could not be had, a port redirection, as the environment of a client. */
export function environmentOf(world: Reached): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return {
    PATH,
    HOME,
    TMPDIR,
    NODE_EXTRA_CA_CERTS: world.connection.rootCaPath,
    SSL_CERT_FILE: world.connection.rootCaPath,
    REQUESTS_CA_BUNDLE: world.connection.rootCaPath,
    ...world.clientEnvironment,
  }
}

export function run(
  world: Reached,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...environmentOf(world), ...env }, timeout: 90_000, maxBuffer: 16 << 20 }
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr })
    })
  })
}

/** One of the scripts beside this file, told everything by one JSON argument. */
export async function runClient<Result>(world: Reached, script: string, order: object): Promise<Result> {
  const ran = await run(world, process.execPath, [
    '--no-deprecation',
    join(import.meta.dirname, script),
    JSON.stringify(order),
  ])
  const last = ran.stdout.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(last) as Result
  } catch {
    throw new Error(`${script} ended with ${ran.code} and said:\n${ran.stdout}\n${ran.stderr}`)
  }
}
