/** Messages to devices and their modules, as back ends send them (contract/iot-hub 15.1). */
import type { DeviceId, HubName, ModuleId } from '../../ids.ts'
import type { AmqpMessage } from '../../protocol/amqp-message.ts'
import { AmqpRefusal, type IncomingLink } from '../../protocol/amqp-service.ts'
import type { CloudMessageOrder } from '../device/back-end.ts'
import type { Ack } from '../device/message.ts'
import type { IdentityName } from '../device/named.ts'
import { decoded } from './device-tokens.ts'
import { inAmqpWords } from './errors.ts'
import { deviceMessageOf } from './messages.ts'
import type { HubAmqpParts } from './parts.ts'
import type { Tokens } from './tokens.ts'

/** contract/iot-hub 14.5 */
const credit = 100
export const cloudMessagesNeed = { right: 'ServiceConnect', path: '/messages/devicebound' } as const

export async function attachCloudMessages(parts: HubAmqpParts, tokens: Tokens, link: IncomingLink): Promise<void> {
  const { setting } = await tokens.require(cloudMessagesNeed)
  const hub = setting.name
  link.accept({
    credit,
    async take(messages) {
      // keys and tokens may have been taken back since
      await tokens.require(cloudMessagesNeed)
      for (const message of messages) {
        await inAmqpWords(parts.backEnd.sendCloudMessage(addresseeOf(hub, message.to), orderOf(message)))
      }
    },
  })
}

function addresseeOf(hub: HubName, to: string | undefined): IdentityName {
  const path = (to ?? '').replace(/^[a-z]+:\/\/[^/]*/i, '')
  const [, deviceId, moduleId] =
    /^\/*devices\/([^/]+)(?:\/modules\/([^/]+))?\/messages\/devicebound\/*$/i.exec(path) ?? []
  if (deviceId === undefined)
    throw new AmqpRefusal(
      'com.microsoft:argument-error',
      'The message names no device: set "to" to /devices/{device id}/messages/devicebound.',
    )
  // Node encodes the id, Python does not; one that no device can have is found nowhere
  const device = { hub, deviceId: decoded(deviceId) as DeviceId }
  return moduleId === undefined ? device : { ...device, moduleId: decoded(moduleId) as ModuleId }
}

function orderOf(message: AmqpMessage): CloudMessageOrder {
  const { expiresAt } = message
  return { ...deviceMessageOf(message), ack: ackOf(message), ...(expiresAt !== undefined && { expiresAt }) }
}

// contract/iot-hub 13.3
const acks: readonly Ack[] = ['none', 'positive', 'negative', 'full']

function ackOf({ applicationProperties }: AmqpMessage): Ack {
  const asked = applicationProperties['iothub-ack'] ?? 'none'
  const ack = acks.find((one) => one === String(asked).toLowerCase())
  if (ack !== undefined) return ack
  throw new AmqpRefusal(
    'com.microsoft:argument-error',
    'The property "iothub-ack" is to be none, positive, negative or full.',
  )
}
