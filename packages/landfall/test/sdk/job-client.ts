/** The published hub SDK's JobClient as its own process: calls in order, what came of each. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { JobClient } = require('azure-iothub') as typeof import('azure-iothub')

export interface JobOrder {
  readonly connectionString: string
  /** A method of the client, whose fourth argument is a time; `ended` waits for a job; `createQuery` has its pages read. */
  readonly calls: readonly (readonly [method: string, ...args: unknown[]])[]
}

interface Answer {
  readonly jobStatus?: unknown
}
interface Query {
  hasMoreResults: boolean
  next(done: (error: Error | null, rows?: unknown) => void): void
}

const order = JSON.parse(process.argv[2] ?? '{}') as JobOrder
const client = JobClient.fromConnectionString(order.connectionString) as unknown as Record<
  string,
  (...args: unknown[]) => Promise<Answer>
>

const bodyOf = (answer: Answer | undefined) => answer?.jobStatus as { status?: string }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function ended(jobId: unknown): Promise<unknown> {
  for (;;) {
    const job = bodyOf(await client.getJob?.(jobId))
    if (!['queued', 'scheduled', 'running'].includes(job?.status ?? '')) return job
    await pause(50)
  }
}

const nextOf = (query: Query) =>
  new Promise((resolve, reject) => query.next((error, rows) => (error ? reject(error) : resolve(rows))))

async function pagesOf(query: Query): Promise<unknown[]> {
  const pages: unknown[] = []
  do pages.push(await nextOf(query))
  while (query.hasMoreResults)
  return pages
}

async function call(method: string, args: readonly unknown[]): Promise<unknown> {
  if (method === 'ended') return ended(args[0])
  if (method === 'createQuery')
    return pagesOf((client.createQuery as (...args: readonly unknown[]) => unknown)(...args) as Query)
  const dated = args.map((arg, place) => (place === 3 && typeof arg === 'string' ? new Date(arg) : arg))
  return bodyOf(await client[method]?.(...dated))
}

const outcomes: unknown[] = []
for (const [method, ...args] of order.calls) {
  try {
    outcomes.push({ body: await call(method, args) })
  } catch (error) {
    outcomes.push({ error: { name: (error as Error).name, message: (error as Error).message } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
