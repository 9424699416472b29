import { expect, test } from 'vitest'
import { startOperator } from '../../test/operator-api/world.ts'
import { hubNameOf, parseDeviceId } from '../ids.ts'
import { realTimers as timers } from '../system.ts'
import { telemetryStream } from './telemetry-stream.ts'

type World = Awaited<ReturnType<typeof startOperator>>
const hub = hubNameOf('dps.example')

async function send(world: World, device: string, body: string | Uint8Array) {
  const event = {
    deviceId: parseDeviceId(device),
    generationId: 'g',
    authMethod: '{}',
    system: {},
    properties: { n: '1' },
  }
  await world.devices.telemetry.append(hub, [{ ...event, body: Buffer.from(body) }])
}

function watch(world: World, order: { device?: string; lastEventId?: string; admitted?: () => Promise<boolean> } = {}) {
  const ended = new AbortController()
  const { device, lastEventId, admitted = async () => true } = order
  const deviceId = device === undefined ? undefined : parseDeviceId(device)
  const parts = { telemetry: world.devices.telemetry, clock: world.clock, timers }
  const stream = telemetryStream(
    parts,
    { hub, deviceId, start: 'latest' },
    { lastEventId, admitted, ended: ended.signal },
  )
  return { stream, ended }
}

async function next(stream: AsyncGenerator<string>) {
  const { value = '' } = await stream.next()
  const [, id = ''] = /^id: (.+)$/m.exec(value) ?? []
  const [, data] = /^data: (.+)$/m.exec(value) ?? []
  return { id, events: data === undefined ? [] : JSON.parse(data).events }
}

test('a watcher is shown what comes after it did, with what belongs to each message', async () => {
  await using world = await startOperator()
  await send(world, 'pump-1', 'before')
  const { stream, ended } = watch(world)
  await next(stream)
  const news = next(stream)
  await send(world, 'pump-1', '{"t":21}')
  expect((await news).events).toEqual([
    expect.objectContaining({ deviceId: 'pump-1', body: '{"t":21}', properties: { n: '1' }, sequence: 1 }),
  ])
  ended.abort()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('one who comes back with the id of an event misses nothing and sees nothing twice', async () => {
  await using world = await startOperator()
  const { stream } = watch(world)
  await next(stream)
  const first = next(stream)
  await send(world, 'pump-1', 'one')
  const { id } = await first
  await stream.return(undefined)
  for (const device of ['pump-1', 'pump-2', 'pump-3']) await send(world, device, 'two')
  const again = watch(world, { lastEventId: id }).stream
  await next(again)
  const { events } = await next(again)
  expect(events.map(({ deviceId, body }: never) => `${deviceId} ${body}`).sort()).toEqual([
    'pump-1 two',
    'pump-2 two',
    'pump-3 two',
  ])
})

test('one device is watched without the others, and bytes that are no text come in base64', async () => {
  await using world = await startOperator()
  const { stream } = watch(world, { device: 'pump-2', lastEventId: '-1.-1.-1.-1' })
  await next(stream)
  for (const device of ['pump-1', 'pump-2', 'pump-3']) await send(world, device, Uint8Array.of(255, 0))
  const { events } = await next(stream)
  expect(events).toEqual([expect.objectContaining({ deviceId: 'pump-2', bodyBase64: '/wA=' })])
  expect(events[0]).not.toHaveProperty('body')
})

test('a place beyond the end, as after the log was lost, is the end', async () => {
  await using world = await startOperator()
  const { stream } = watch(world, { lastEventId: '99.99.99.99' })
  expect((await next(stream)).id).toBe('-1.-1.-1.-1')
})

test('one whose credential holds no longer is shown nothing more', async () => {
  await using world = await startOperator()
  const { stream } = watch(world, { admitted: async () => false })
  await next(stream)
  const news = stream.next()
  await send(world, 'pump-1', 'secret')
  expect(await news).toEqual({ done: true, value: undefined })
})
