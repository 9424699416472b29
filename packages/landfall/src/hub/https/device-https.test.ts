import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HubWorld, startHubWorld } from '../../../test/hub-world.ts'
import type { DeviceId } from '../../ids.ts'
import { makeToken } from '../../sas/token.ts'
import type { Ack } from '../device/message.ts'
import { partitionOf } from '../telemetry/partition.ts'

let world: HubWorld
beforeAll(async () => {
  world = await startHubWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const hub = () => world.hubs[0].name

async function device(deviceId: string, more = {}) {
  const { body } = await world.call(`PUT /devices/${deviceId}`, { body: more })
  const authorization = makeToken({
    resource: `${hub()}/devices/${deviceId}`,
    key: body.authentication.symmetricKey.primaryKey,
    expiry: world.clock.at + 3600_000,
  })
  return async (line: string, { headers = {}, body }: { headers?: Record<string, string>; body?: BodyInit } = {}) => {
    const [method, path = ''] = line.split(' ')
    const mark = path.includes('?') ? '&' : '?'
    const answer = await world.fetch(`https://${hub()}/devices/${deviceId}${path}${mark}api-version=2021-04-12`, {
      method,
      headers: { authorization, ...headers },
      body,
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
}

const sent = async (deviceId: string) => {
  const partition = partitionOf(deviceId as DeviceId)
  const question = { hub: hub(), partition, after: -1, limit: 1000, bytes: 1 << 20 }
  const events = await world.store.telemetry(question)
  return events
    .filter((event) => event.deviceId === deviceId)
    .map(({ body, properties, system }) => ({ text: Buffer.from(body).toString(), properties, system }))
}

const queue = (deviceId: string, text: string, more = {}) =>
  world.devices.sendCloudMessage(
    { hub: hub(), deviceId: deviceId as DeviceId },
    { body: Buffer.from(text), properties: {}, system: {}, ack: 'none' as Ack, ...more },
  )

const codeOf = ({ status, headers }: { status: number; headers: Headers }) => [status, headers.get('iothub-errorcode')]

describe('telemetry', () => {
  test('is on disk with its properties when it is answered', async () => {
    const ask = await device('sender')
    const headers = {
      'iothub-to': '/devices/sender/messages/events',
      'IoTHub-MessageId': 'm1',
      'iothub-contenttype': 'application/json',
      'dt-subject': 'thermostat',
      'iothub-app-level': '7',
    }
    expect((await ask('POST /messages/events', { headers, body: '{"t":20}' })).status).toBe(204)
    expect((await ask('POST /messages/events')).status).toBe(204)
    expect(await sent('sender')).toEqual([
      {
        text: '{"t":20}',
        properties: { level: '7' },
        system: {
          to: '/devices/sender/messages/events',
          messageId: 'm1',
          contentType: 'application/json',
          component: 'thermostat',
        },
      },
      { text: '', properties: {}, system: {} },
    ])
  })

  test('comes in batches', async () => {
    const ask = await device('batch')
    const headers = { 'content-type': 'application/vnd.microsoft.iothub.json' }
    const body = JSON.stringify([
      { body: Buffer.from('one').toString('base64'), properties: { 'iothub-app-a': 'x', b: 2 } },
      { body: 'two', base64Encoded: false },
    ])
    expect((await ask('POST /messages/events', { headers, body })).status).toBe(204)
    expect((await sent('batch')).map(({ text, properties }) => [text, properties])).toEqual([
      ['one', { a: 'x', b: 2 }],
      ['two', {}],
    ])
    for (const bad of ['[]', '{}', '[1]', '[{"body":1}]', 'no json'])
      expect((await ask('POST /messages/events', { headers, body: bad })).status).toBe(400)
  })

  test('that is larger than 256 KiB is refused', async () => {
    const ask = await device('large')
    expect((await ask('POST /messages/events', { body: Buffer.alloc(256 * 1024) })).status).toBe(204)
    for (const bytes of [256 * 1024 + 1, 1024 * 1024])
      expect(codeOf(await ask('POST /messages/events', { body: Buffer.alloc(bytes) }))).toEqual([
        413,
        'MessageTooLarge',
      ])
  })
})

describe('a message to a device', () => {
  test('is fetched once, with its properties, and completed', async () => {
    const ask = await device('receiver')
    expect((await ask('GET /messages/devicebound')).status).toBe(204)
    await queue('receiver', 'hello', {
      properties: { a: '1', 'ä b': '€' },
      system: { messageId: 'm1', correlationId: 'c1', contentType: 'text/plain', contentEncoding: 'utf-8' },
      ack: 'full',
    })
    const { status, headers, text } = await ask('GET /messages/deviceBound')
    expect([status, text, headers.get('content-type')]).toEqual([200, 'hello', 'text/plain'])
    const shown = Object.fromEntries([...headers].filter(([name]) => name.startsWith('iothub-')))
    expect(shown).toEqual({
      'iothub-messageid': 'm1',
      'iothub-correlationid': 'c1',
      'iothub-contenttype': 'text/plain',
      'iothub-contentencoding': 'utf-8',
      'iothub-to': '/devices/receiver/messages/deviceBound',
      'iothub-sequencenumber': expect.stringMatching(/^\d+$/),
      'iothub-deliverycount': '0',
      'iothub-enqueuedtime': '2030-01-01T00:00:00.000Z',
      'iothub-expiry': '2030-01-01T01:00:00.000Z',
      'iothub-ack': 'full',
      'iothub-app-a': '1',
      'iothub-app-%c3%a4%20b': '%E2%82%AC',
    })
    expect([headers.get('ContentType'), headers.get('ContentEncoding')]).toEqual(['text/plain', 'utf-8'])
    const lock = headers.get('etag')?.replaceAll('"', '') ?? ''
    expect(lock).toMatch(/^[0-9a-f-]{36}$/)
    expect((await ask('GET /messages/devicebound')).status).toBe(204)
    expect((await ask(`DELETE /messages/devicebound/${lock}`)).status).toBe(204)
    expect(codeOf(await ask(`DELETE /messages/devicebound/${lock}`))).toEqual([412, 'DeviceMessageLockLost'])
    expect(await world.devices.feedback.receive(hub(), 10, 1000)).toMatchObject([
      { originalMessageId: 'm1', statusCode: 'Success' },
    ])
  })

  test('is given back, given again, and rejected', async () => {
    const ask = await device('chooser')
    await queue('chooser', 'again', { system: { messageId: 'm2' }, ack: 'negative' })
    const lockOf = async () => (await ask('GET /messages/devicebound')).headers.get('etag')?.replaceAll('"', '') ?? ''
    expect((await ask(`POST /messages/devicebound/${await lockOf()}/abandon`)).status).toBe(204)
    const second = await ask('GET /messages/devicebound')
    expect([second.text, second.headers.get('iothub-deliverycount')]).toEqual(['again', '1'])
    const lock = second.headers.get('etag')?.replaceAll('"', '')
    expect((await ask(`DELETE /messages/devicebound/${lock}?reject`)).status).toBe(204)
    expect((await ask('GET /messages/devicebound')).status).toBe(204)
    expect(await world.devices.feedback.receive(hub(), 10, 1000)).toMatchObject([
      { originalMessageId: 'm2', statusCode: 'Rejected' },
    ])
  })

  test('goes when its queue is emptied', async () => {
    await device('purged')
    await queue('purged', 'a')
    await queue('purged', 'b')
    const purge = () => world.call('DELETE /devices/purged/commands', { policy: 'service' })
    expect((await purge()).body).toEqual({ totalMessagesPurged: 2, deviceId: 'purged', moduleId: null })
    expect((await purge()).body.totalMessagesPurged).toBe(0)
  })
})

describe('who comes in', () => {
  test('a device for itself only, and not when it is disabled', async () => {
    const ask = await device('self')
    await device('other')
    expect((await ask('POST /../other/messages/events')).status).toBe(401)
    expect(codeOf(await ask('POST /../nobody/messages/events'))).toEqual([404, 'DeviceNotFound'])
    await world.call('PUT /devices/self', { headers: { 'if-match': '*' }, body: { status: 'disabled' } })
    expect(codeOf(await ask('POST /messages/events'))).toEqual([401, 'IotHubUnauthorized'])
  })

  test('a policy that may connect devices, and none that may not', async () => {
    await device('policy')
    await queue('policy', 'x')
    const get = (policy: string) => world.call('GET /devices/policy/messages/devicebound', { policy })
    expect((await get('registryRead')).status).toBe(401)
    expect((await get('service')).status).toBe(401)
    const answer = await world.fetch(`https://${hub()}/devices/policy/messages/devicebound?api-version=2019-10-01`, {
      headers: { authorization: world.tokenOf(world.hubs[0], 'device') },
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'x'])
  })

  test('nobody without a token, an api-version, or a hub', async () => {
    await device('bare')
    const url = `https://${hub()}/devices/bare/messages/devicebound`
    expect((await world.fetch(`${url}?api-version=2021-04-12`)).status).toBe(401)
    const authorization = world.tokenOf(world.hubs[0], 'device')
    expect((await world.fetch(url, { headers: { authorization: 'x' } })).status).toBe(401)
    expect((await world.fetch(url, { headers: { authorization } })).status).toBe(400)
  })
})

test('files cannot be uploaded, and the hub says why', async () => {
  const ask = await device('files')
  for (const line of ['POST /files', 'POST /files/notifications', 'POST /files/notifications/1'])
    expect(codeOf(await ask(line, { body: '{"blobName":"a"}' }))).toEqual([400, 'DefaultStorageEndpointNotConfigured'])
})
