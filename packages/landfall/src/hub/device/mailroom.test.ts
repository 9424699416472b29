import { expect, test } from 'vitest'
import { startHubWorld } from '../../../test/hub-world.ts'
import { type DeviceId, hubNameOf } from '../../ids.ts'
import { makeToken } from '../../sas/token.ts'
import type { CloudMessageOrder } from './back-end.ts'
import { mailLimits } from './mailroom.ts'

async function startMail() {
  const world = await startHubWorld()
  const [{ name }] = world.hubs
  const { body } = await world.call('PUT /devices/d1', { body: { deviceId: 'd1' } })
  const at = { hub: hubNameOf(name), deviceId: 'd1' as DeviceId }
  const key = body.authentication.symmetricKey.primaryKey
  const sasToken = makeToken({ resource: `${name}/devices/d1`, key, expiry: world.clock.at + 1e9 })
  const knock = {
    host: name,
    deviceId: 'd1',
    sasToken,
    certificates: [],
    transport: 'https',
    remoteAddress: undefined,
    trackingId: 't' as never,
  } as const
  const send = (text: string, more: Partial<CloudMessageOrder> = {}) =>
    world.devices.sendCloudMessage(at, {
      body: Buffer.from(text),
      properties: {},
      system: { messageId: text },
      ack: 'full',
      ...more,
    })
  const told = async () =>
    (await world.devices.feedback.receive(at.hub, 100, 1)).map(({ originalMessageId, statusCode }) => [
      originalMessageId,
      statusCode,
    ])
  return {
    world,
    at,
    knock,
    send,
    told,
    inbox: world.devices.callsOf(await world.devices.admit(knock)).inbox,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

test('a message is held by one, and given to the next once its lock has ended', async () => {
  await using mail = await startMail()
  await mail.send('a')
  const first = await mail.inbox.receive()
  expect(first?.message).toMatchObject({ system: { messageId: 'a' }, deliveryCount: 0 })
  expect(await mail.inbox.receive()).toBeUndefined()
  mail.world.clock.at += mailLimits.lockMs
  const second = await mail.inbox.receive()
  expect(second?.message.id).toBe(first?.message.id)
  expect(second?.message.deliveryCount).toBe(0)
  await expect(mail.inbox.complete(first?.lockToken ?? '')).rejects.toMatchObject({ code: 'DeviceMessageLockLost' })
  await mail.inbox.complete(second?.lockToken ?? '')
  await expect(mail.inbox.complete(second?.lockToken ?? '')).rejects.toMatchObject({ code: 'DeviceMessageLockLost' })
  expect(await mail.told()).toEqual([['a', 'Success']])
})

test('a message that is given back ten times is given up', async () => {
  await using mail = await startMail()
  await mail.send('a')
  for (let count = 0; count < 10; count++) {
    const delivery = await mail.inbox.receive()
    expect(delivery?.message.deliveryCount).toBe(count)
    await mail.inbox.abandon(delivery?.lockToken ?? '')
  }
  expect(await mail.inbox.receive()).toBeUndefined()
  expect(await mail.told()).toEqual([['a', 'DeliveryCountExceeded']])
})

test('one that is given back keeps its place, one that is rejected is gone', async () => {
  await using mail = await startMail()
  for (const text of ['a', 'b']) await mail.send(text)
  await mail.inbox.abandon((await mail.inbox.receive())?.lockToken ?? '')
  const again = await mail.inbox.receive()
  expect(again?.message.system.messageId).toBe('a')
  await mail.inbox.reject(again?.lockToken ?? '')
  expect((await mail.inbox.receive())?.message.system.messageId).toBe('b')
  expect(await mail.told()).toEqual([['a', 'Rejected']])
})

test('a message that has expired is never delivered, and its sender is told', async () => {
  await using mail = await startMail()
  await mail.send('short', { expiresAt: mail.world.clock.at + 1000 })
  await mail.send('usual')
  mail.world.clock.at += 2000
  expect((await mail.inbox.receive())?.message.system.messageId).toBe('usual')
  expect(await mail.told()).toEqual([['short', 'Expired']])
})

test('whoever asked for no word, or for the other one, is told nothing', async () => {
  await using mail = await startMail()
  for (const ack of ['none', 'positive', 'negative', 'full'] as const) await mail.send(ack, { ack })
  for (let count = 0; count < 4; count++) await mail.inbox.complete((await mail.inbox.receive())?.lockToken ?? '')
  expect(await mail.told()).toEqual([
    ['positive', 'Success'],
    ['full', 'Success'],
  ])
})

test('what a connection held is free when it has gone', async () => {
  await using mail = await startMail()
  await mail.send('a')
  let woken = 0
  const first = await mail.world.devices.connect(mail.knock, { cut() {} })
  first.onCloudMessage(() => void woken++)
  expect((await first.inbox.receive())?.message.system.messageId).toBe('a')
  mail.world.clock.at += 10 * mailLimits.lockMs
  expect(await mail.inbox.receive()).toBeUndefined()
  first.close()
  const second = await mail.world.devices.connect(mail.knock, { cut() {} })
  expect((await second.inbox.receive())?.message.system.messageId).toBe('a')
  expect(woken).toBe(1)
})

test('feedback is held by one consumer, and comes back where it was not completed', async () => {
  await using mail = await startMail()
  await mail.send('a')
  await mail.world.devices.purgeCloudMessages(mail.at)
  const { feedback } = mail.world.devices
  const [held] = await feedback.receive(mail.at.hub, 10, 1000)
  expect(await feedback.receive(mail.at.hub, 10, 1000)).toEqual([])
  feedback.release(mail.at.hub, [held?.number ?? -1])
  expect(await feedback.receive(mail.at.hub, 10, 1000)).toHaveLength(1)
  mail.world.clock.at += 1000
  const [again] = await feedback.receive(mail.at.hub, 10, 1000)
  await feedback.complete(mail.at.hub, [again?.number ?? -1])
  mail.world.clock.at += 1000
  expect(await feedback.receive(mail.at.hub, 10, 1000)).toEqual([])
})
