/** What is asked and answered: reported patches of devices, desired patches and method calls of back ends. */
import { quantile } from '../figures.ts'
import { cpuMicrosOf } from '../process-tree.ts'
import type { Fleet } from './fleet.ts'
import type { LandfallHub } from './landfall-hub.ts'

export interface Exchanges {
  readonly name: string
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface ExchangesPlan {
  /** That report at once, and requests of back ends at once. */
  readonly atOnce: number
  readonly seconds: number
}

/** Devices that are asked are connected and listen to methods; the others of the fleet stay connected meanwhile. */
export async function measureExchanges(
  { pid, rest }: LandfallHub,
  fleet: Fleet,
  deviceIds: readonly string[],
  { atOnce, seconds }: ExchangesPlan,
): Promise<readonly Exchanges[]> {
  const report = () => fleet.tell(({ of }) => ({ do: 'report', devices: of(atOnce), seconds }))
  const patch = (deviceId: string) =>
    rest('PATCH', `/twins/${deviceId}`, { properties: { desired: { rate: Date.now() } } })
  const call = { methodName: 'blink', responseTimeoutInSeconds: 30, payload: { times: 3 } }
  const invoke = (deviceId: string) => rest('POST', `/twins/${deviceId}/methods`, call)
  const ask = (one: (deviceId: string) => Promise<string>) => () => inLanes(atOnce, seconds, deviceIds, one)
  return [
    await measure('reported patch, by the device', pid, report),
    await measure('desired patch, over REST', pid, ask(patch)),
    await measure('method call, over REST', pid, ask(invoke)),
  ]
}

interface Done {
  readonly latenciesMs: readonly number[]
  readonly seconds: number
  readonly errors: readonly string[]
}

async function measure(name: string, pid: number, run: () => Promise<Done>): Promise<Exchanges> {
  const cpuBefore = cpuMicrosOf(pid)
  const { latenciesMs, seconds, errors } = await run()
  if (errors[0] !== undefined) throw new Error(`${name}: ${errors[0]}`)
  return {
    name,
    perSecond: latenciesMs.length / seconds,
    cpuMicros: (cpuMicrosOf(pid) - cpuBefore) / latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  }
}

async function inLanes(
  lanes: number,
  seconds: number,
  deviceIds: readonly string[],
  one: (deviceId: string) => Promise<unknown>,
): Promise<Done> {
  const latenciesMs: number[] = []
  const began = performance.now()
  const until = began + seconds * 1000
  const lane = async (first: number) => {
    for (let nth = first; performance.now() < until; nth += lanes) {
      const asked = performance.now()
      await one(deviceIds[nth % deviceIds.length] ?? '')
      latenciesMs.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  return { latenciesMs, seconds: (performance.now() - began) / 1000, errors: [] }
}
