/** Devices in several processes that act as one, each on addresses of its own. */
import { fork } from 'node:child_process'
import { askChild } from '../ask-child.ts'
import { endChild } from '../child.ts'
import type { FleetOrder, FleetReply } from './device-generator.ts'
import type { DeviceOrder } from './mqtt-device.ts'

/** What a device is, and where it connects to. */
export type Wanted = Omit<DeviceOrder, 'from'>

export interface Fleet extends AsyncDisposable {
  connect(devices: readonly Wanted[], how: ConnectHow): Promise<FleetReply>
  tell(orderFor: FleetOrder | ((share: Share) => FleetOrder)): Promise<FleetReply>
}

export interface ConnectHow {
  /** Over all processes. */
  readonly atOnce: number
  readonly patienceMs: number
  readonly subscribe?: readonly string[]
}

export interface Share {
  readonly index: number
  /** Of a whole number, the part of this process. */
  readonly of: (whole: number) => number
}

/** More connections from one address than this would come near the ports that it has. */
const mostPerAddress = 1000

export function openFleet(processes: number): Fleet {
  const children = Array.from({ length: processes }, () =>
    fork(new URL('./device-generator.ts', import.meta.url), { execArgv: ['--max-semi-space-size=8'] }),
  )
  const tell: Fleet['tell'] = async (order) =>
    together(
      await Promise.all(
        children.map((child, index) => {
          const of = (whole: number) => Math.ceil(whole / processes)
          return askChild<FleetReply>(child, typeof order === 'function' ? order({ index, of }) : order)
        }),
      ),
    )
  return {
    tell,
    connect: (devices, { atOnce, patienceMs, subscribe }) =>
      tell(({ index, of }) => ({
        do: 'connect',
        devices: devices.map(placed).filter((_, nth) => nth % processes === index),
        atOnce: of(atOnce),
        patienceMs,
        ...(subscribe && { subscribe }),
      })),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(children.map(endChild))
    },
  }
}

const placed = (device: Wanted, nth: number): DeviceOrder => ({
  ...device,
  from: `127.0.0.${2 + Math.floor(nth / mostPerAddress)}`,
})

function together(replies: readonly FleetReply[]): FleetReply {
  return {
    open: replies.reduce((sum, { open }) => sum + open, 0),
    latenciesMs: replies.flatMap(({ latenciesMs }) => latenciesMs),
    seconds: Math.max(...replies.map(({ seconds }) => seconds)),
    errors: replies.flatMap(({ errors }) => errors),
  }
}
