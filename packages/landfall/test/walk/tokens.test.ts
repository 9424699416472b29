/** `landfall token` and `landfall portal`, against a whole service. */
import { expect, test, vi } from 'vitest'
import { programFor } from '../../src/cli/program.ts'
import { startWorld, type World } from '../world.ts'

vi.setConfig({ testTimeout: 60_000 })

/** What a command prints, in this process. */
async function printed(world: World, line: string): Promise<string> {
  const args = [...line.split(' '), '--data', world.dir]
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    const program = await programFor(args)
    await program.parseAsync(args, { from: 'user' })
    return written.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    written.mockRestore()
  }
}
const json = async (world: World, line: string) => JSON.parse(await printed(world, `${line} --json`))

const statusWith = async (world: World, token: string, method = 'GET', path = '/landfall/instance') =>
  (
    await world.fetch(`https://${world.authority}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    })
  ).status

test('a token is printed alone, for a shell, and is good for what it was asked for', async () => {
  await using world = await startWorld()
  const token = (await printed(world, 'token')).trim()
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  expect(await statusWith(world, token)).toBe(200)
  const told = await json(world, 'token --role reader --hours 0.5')
  expect(told).toMatchObject({ roles: ['reader'], expiresInSeconds: 1800 })
  expect(await statusWith(world, told.token, 'DELETE', '/landfall/policies/x')).toBe(403)
})

test('client ids are made, listed and deleted, and all tokens revoked', async () => {
  await using world = await startWorld()
  const made = await json(world, 'token create ci --role reader data-owner --days 30')
  expect(made).toMatchObject({
    name: 'ci',
    roles: ['reader', 'data-owner'],
    secret: expect.stringMatching(/^[\w-]{43}$/),
  })
  expect(Date.parse(made.expiresUtc) - Date.parse(made.createdDateTimeUtc)).toBe(30 * 86_400_000)
  expect(await statusWith(world, made.bearer)).toBe(200)
  const listed = await printed(world, 'token list')
  expect(listed).toContain(made.id)
  expect(listed).not.toContain(made.secret)
  expect(await json(world, `token delete ${made.id}`)).toEqual({ deleted: made.id })
  expect(await statusWith(world, made.bearer)).toBe(401)
  const token = (await printed(world, 'token')).trim()
  expect(await printed(world, 'token revoke-all')).toMatch(/refused from now on/)
  expect(await statusWith(world, token)).toBe(401)
})

test('the portal is told where it is, how to sign in once, and what a browser must trust', async () => {
  await using world = await startWorld()
  const text = await printed(world, 'portal')
  expect(text).toContain(`${world.connection.portalUrl}#sign-in=`)
  expect(text).toContain(world.connection.rootCaPath)
  const { signInUrl } = await json(world, 'portal')
  const link = new URL(signInUrl).hash.replace('#sign-in=', '')
  expect(await statusWith(world, link, 'POST', '/portal/session')).toBe(201)
  expect(await statusWith(world, link, 'POST', '/portal/session')).toBe(401)
})

test.each(['token --hours 25', 'token --hours soon', 'token create x --role reader --days 0'])(
  '%s is refused before anything is asked',
  async (line) => {
    await using world = await startWorld()
    await expect(printed(world, line)).rejects.toThrow(/is a number up to/)
  },
)
