/** The published hub SDK's Registry as its own process: calls in order, what came of each. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Registry } = require('azure-iothub') as typeof import('azure-iothub')

export interface RegistryOrder {
  readonly connectionString: string
  /** A method of the client; `createQuery` has its pages read, each an item of the body. */
  readonly calls: readonly (readonly [method: string, ...args: unknown[]])[]
}

interface Query {
  hasMoreResults: boolean
  next(done: (error: Error | null, rows?: unknown) => void): void
}

const order = JSON.parse(process.argv[2] ?? '{}') as RegistryOrder
const registry = Registry.fromConnectionString(order.connectionString) as unknown as Record<
  string,
  (...args: unknown[]) => Promise<{ responseBody?: unknown; result?: unknown }>
>

/** Twins carry a reference to their registry, which is no JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (key, inner) => (key.startsWith('_') ? undefined : inner)))

/** By callback: the promise form of this client forgets the continuation and asks for the first page for ever. */
const nextOf = (query: Query) =>
  new Promise((resolve, reject) => query.next((error, rows) => (error ? reject(error) : resolve(rows))))

async function pagesOf(query: Query): Promise<unknown[]> {
  const pages: unknown[] = []
  do pages.push(await nextOf(query))
  while (query.hasMoreResults)
  return pages
}

/** This one has no promise form. */
const removeModule = (...args: unknown[]) =>
  new Promise<undefined>((resolve, reject) => {
    void registry.removeModule?.(...args, (error: Error | null) => (error ? reject(error) : resolve(undefined)))
  })

const outcomes: unknown[] = []
for (const [method, ...args] of order.calls) {
  try {
    const answer = method === 'removeModule' ? await removeModule(...args) : await registry[method]?.(...args)
    const pages = method === 'createQuery' ? await pagesOf(answer as unknown as Query) : undefined
    outcomes.push({ body: plain(pages ?? answer?.responseBody ?? answer?.result) })
  } catch (error) {
    outcomes.push({ error: { name: (error as Error).name, message: (error as Error).message } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
