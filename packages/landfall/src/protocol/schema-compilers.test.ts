import { createRequire } from 'node:module'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { schemaController } from './schema-compilers.ts'

const { cache } = createRequire(import.meta.url)
const readCompilers = () =>
  Object.keys(cache).filter((file) => /\/(ajv|ajv-compiler|fast-json-stringify-compiler)\//.test(file))

async function startApp() {
  const app = fastify({ schemaController })
  const querystring = { type: 'object', properties: { top: { type: 'integer', maximum: 5 } } }
  app.get('/list', { schema: { querystring } }, async ({ query }) => query)
  app.post('/ids', { schema: { body: { type: 'array', items: { type: 'string' } } } }, async ({ body }) => body)
  await app.ready()
  return app
}

test('the compilers of schemas are read with the first request that needs one, and judge as Fastify’s do', async () => {
  await using app = await startApp()
  expect(readCompilers()).toEqual([])
  const top = await app.inject('/list?top=3')
  expect(top.json()).toEqual({ top: 3 })
  const more = await app.inject('/list?top=6')
  expect(more.statusCode).toBe(400)
  expect(more.json()).toMatchObject({ message: 'querystring/top must be <= 5' })
  const again = await app.inject('/list?top=5')
  expect(again.json()).toEqual({ top: 5 })
  const one = await app.inject({
    method: 'POST',
    url: '/ids',
    payload: '"pump-12"',
    headers: { 'content-type': 'application/json' },
  })
  expect(one.json()).toEqual(['pump-12'])
})
