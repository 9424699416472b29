/** The command line as its own process, as a user runs it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const mainPath = fileURLToPath(new URL('../../bin/landfall.js', import.meta.url))

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Nothing of the tester's own settings reaches it. */
export const environment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NO_COLOR: '1',
  ...extra,
})

export function landfall(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [mainPath, ...args], { env: environment(env) }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
    })
  })
}

/** What a command printed with `--json`; a failure shows what it said instead. */
export async function landfallJson(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await landfall([...args, '--json'])
  if (code !== 0) throw new Error(`landfall ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}
