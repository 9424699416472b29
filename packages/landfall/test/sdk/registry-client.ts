/** The published hub SDK's Registry as its own process: calls in order, what came of each. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { Registry } = require('azure-iothub') as typeof import('azure-iothub')

export interface RegistryOrder {
  readonly connectionString: string
  readonly calls: readonly (readonly [method: string, ...args: unknown[]])[]
}

const order = JSON.parse(process.argv[2] ?? '{}') as RegistryOrder
const registry = Registry.fromConnectionString(order.connectionString) as unknown as Record<
  string,
  (...args: unknown[]) => Promise<{ responseBody?: unknown; result?: unknown }>
>

/** Twins carry a reference to their registry, which is no JSON. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (key, inner) => (key.startsWith('_') ? undefined : inner)))

const outcomes: unknown[] = []
for (const [method, ...args] of order.calls) {
  try {
    const answer = await registry[method]?.(...args)
    outcomes.push({ body: plain(answer?.responseBody ?? answer?.result) })
  } catch (error) {
    outcomes.push({ error: { name: (error as Error).name, message: (error as Error).message } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
