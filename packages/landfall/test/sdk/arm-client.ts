/** The published management SDK as its own process: calls in order, what came of each. */
import { IotDpsClient } from '@azure/arm-deviceprovisioningservices'

export interface ArmOrder {
  readonly endpoint: string
  readonly token: string
  /** `iotDpsResource.get`, with its arguments; bytes as `{ base64: '…' }`. */
  readonly calls: readonly (readonly [method: string, ...args: unknown[]])[]
}

export interface ArmCalled {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body?: any
  readonly error?: {
    readonly name: string
    readonly code: unknown
    readonly statusCode: number
    readonly message: string
  }
}

const order = JSON.parse(process.argv[2] ?? '{}') as ArmOrder
const credential = {
  getToken: async () => ({ token: order.token, expiresOnTimestamp: Date.now() + 3_600_000 }),
}
const client = new IotDpsClient(credential, '00000000-0000-0000-0000-000000000000', { endpoint: order.endpoint })

type Method = (...args: readonly unknown[]) => unknown

async function call(path: string, args: readonly unknown[]): Promise<unknown> {
  const [group = '', method = ''] = path.split('.')
  const room = (client as unknown as Record<string, Record<string, Method>>)[group]
  return settled(room?.[method]?.(...args.map(withBytes)))
}

/** Pages are read to their end, operations waited for. */
async function settled(answer: unknown): Promise<unknown> {
  if (typeof answer === 'object' && answer !== null && 'pollUntilDone' in answer)
    return (answer as { pollUntilDone(): Promise<unknown> }).pollUntilDone()
  if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer)
    return allOf(answer as AsyncIterable<unknown>)
  return answer
}

async function allOf(pages: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const items: unknown[] = []
  for await (const item of pages) items.push(item)
  return items
}

function withBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('base64' in value) return Uint8Array.from(Buffer.from(String(value.base64), 'base64'))
  if (Array.isArray(value)) return value.map(withBytes)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytes(inner)]))
}

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (_name, inner) =>
      inner instanceof Uint8Array ? { base64: Buffer.from(inner).toString('base64') } : inner,
    ),
  )

const outcomes: unknown[] = []
for (const [method, ...args] of order.calls) {
  try {
    outcomes.push({ body: plain(await call(method, args)) })
  } catch (error) {
    const { name, code, statusCode, message } = error as NonNullable<ArmCalled['error']>
    outcomes.push({ error: { name, code, statusCode, message } })
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0))
