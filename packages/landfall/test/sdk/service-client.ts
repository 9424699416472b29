/** The published service SDK as its own process: `calls` are method names with arguments, run in order; prints what came of each. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { ProvisioningServiceClient } =
  require('azure-iot-provisioning-service') as typeof import('azure-iot-provisioning-service')

export interface ServiceOrder {
  readonly connectionString: string
  /** A method of the client; `query:METHOD` builds a query and reads all of its pages. */
  readonly calls: readonly (readonly [method: string, ...args: unknown[]])[]
}

export interface Called {
  readonly body?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly responseBody?: unknown }
}

const order = JSON.parse(process.argv[2] ?? '{}') as ServiceOrder
const client = ProvisioningServiceClient.fromConnectionString(order.connectionString) as unknown as Record<
  string,
  (...args: unknown[]) => unknown
>

type Back = (error: Error | null | undefined, body?: unknown) => void
interface Query {
  hasMoreResults: boolean
  next(done: Back): void
}

function once(start: (done: Back) => void): Promise<unknown> {
  return new Promise((resolve, reject) => start((error, body) => (error ? reject(error) : resolve(body))))
}

async function call([method, ...args]: readonly [string, ...unknown[]]): Promise<unknown> {
  if (!method.startsWith('query:')) return once((done) => client[method]?.(...args, done))
  const query = client[method.slice(6)]?.(...args) as Query
  const pages: unknown[] = []
  do pages.push(await once((done) => query.next(done)))
  while (query.hasMoreResults)
  return pages
}

const outcomes: Called[] = []
for (const one of order.calls) {
  try {
    outcomes.push({ body: await call(one) })
  } catch (error) {
    const { name, message, responseBody } = error as Error & { responseBody?: unknown }
    outcomes.push({ error: { name, message, responseBody } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
