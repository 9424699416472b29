/** A process that is many devices: started by fleet.ts, told what to do over its channel, gone when the channel is. */
import { type DeviceOrder, MqttDevice } from './mqtt-device.ts'

export type FleetOrder =
  /** So many handshakes at once; `patienceMs` for each from TCP connect to CONNACK. */
  | {
      readonly do: 'connect'
      readonly devices: readonly DeviceOrder[]
      readonly atOnce: number
      readonly patienceMs: number
      readonly subscribe?: readonly string[]
    }
  /** A closed loop: each device keeps `window` messages on their way. "{id}" in the topic is the device's. */
  | {
      readonly do: 'publish'
      readonly topic: string
      readonly payload: string
      readonly window: number
      readonly seconds: number
    }
  /** The first `devices` report, each one patch after the other. */
  | { readonly do: 'report'; readonly devices: number; readonly seconds: number }
  | { readonly do: 'count' }
  | { readonly do: 'leave' }

export interface FleetReply {
  /** Connected now. */
  readonly open: number
  readonly latenciesMs: readonly number[]
  readonly seconds: number
  readonly errors: readonly string[]
}

let devices: MqttDevice[] = []

process.on('message', (order: FleetOrder) => {
  obey(order).then(
    (reply) => process.send?.(reply),
    (error: Error) => process.send?.({ open: 0, latenciesMs: [], seconds: 0, errors: [error.message] }),
  )
})
process.on('disconnect', () => process.exit(0))
// the parent hears Ctrl-C too, and closes the channel
process.on('SIGINT', () => {})

async function obey(order: FleetOrder): Promise<FleetReply> {
  const latenciesMs: number[] = []
  const errors: string[] = []
  const began = performance.now()
  await carryOut(order, latenciesMs, errors)
  const open = devices.filter(({ isOpen }) => isOpen).length
  return { open, latenciesMs, seconds: (performance.now() - began) / 1000, errors: errors.slice(0, 20) }
}

async function carryOut(order: FleetOrder, latenciesMs: number[], errors: string[]): Promise<void> {
  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now()
    try {
      await work()
      latenciesMs.push(performance.now() - began)
      return true
    } catch (error) {
      errors.push((error as Error).message)
      return false
    }
  }
  switch (order.do) {
    case 'connect':
      return connectAll(order, timed)
    case 'publish':
      return publishAll(order, timed)
    case 'report':
      return reportAll(order, timed)
    case 'leave':
      for (const device of devices) device.end()
      devices = []
      return
    case 'count':
      return
  }
}

type Timed = (work: () => Promise<unknown>) => Promise<boolean>

async function connectAll(order: Extract<FleetOrder, { do: 'connect' }>, timed: Timed): Promise<void> {
  const { atOnce, patienceMs, subscribe } = order
  const waiting = order.devices.values()
  const lane = async () => {
    for (const one of waiting)
      await timed(async () => {
        const device = await MqttDevice.open(one, patienceMs)
        devices.push(device)
        if (subscribe) await device.subscribe(subscribe)
      })
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

async function publishAll(order: Extract<FleetOrder, { do: 'publish' }>, timed: Timed): Promise<void> {
  const { topic, payload, window, seconds } = order
  const until = performance.now() + seconds * 1000
  const lane = async (device: MqttDevice) => {
    const its = topic.replace('{id}', device.clientId)
    while (performance.now() < until && (await timed(() => device.publish(its, payload))));
  }
  await Promise.all(devices.flatMap((device) => Array.from({ length: window }, () => lane(device))))
}

async function reportAll(order: Extract<FleetOrder, { do: 'report' }>, timed: Timed): Promise<void> {
  const until = performance.now() + order.seconds * 1000
  const lane = async (device: MqttDevice) => {
    for (let count = 0; performance.now() < until; count++) {
      const patch = { temperature: 20 + (count % 10), count, firmware: { version: '1.4.2' } }
      if (!(await timed(() => device.report(patch)))) return
    }
  }
  await Promise.all(devices.slice(0, order.devices).map(lane))
}
