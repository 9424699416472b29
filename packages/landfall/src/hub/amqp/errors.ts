/** A hub's refusal in AMQP's words (contract/iot-hub 11.12). */
import { AmqpRefusal } from '../../protocol/amqp-service.ts'
import { type HubErrorCode, HubRefusal } from '../refusal.ts'

const conditions: Partial<Record<HubErrorCode, string>> = {
  ArgumentInvalid: 'com.microsoft:argument-error',
  IotHubFormatError: 'com.microsoft:argument-error',
  ConnectionForcefullyClosedOnNewConnection: 'amqp:link:stolen',
  IotHubUnauthorizedAccess: 'amqp:unauthorized-access',
  IotHubUnauthorized: 'amqp:unauthorized-access',
  DeviceDisabled: 'amqp:unauthorized-access',
  DeviceMaximumQueueDepthExceeded: 'amqp:resource-limit-exceeded',
  DeviceNotFound: 'amqp:not-found',
  ModuleNotFound: 'amqp:not-found',
  IotHubNotFound: 'com.microsoft:iot-hub-not-found-error',
  DeviceMessageLockLost: 'com.microsoft:message-lock-lost',
  PreconditionFailed: 'com.microsoft:precondition-failed',
  MessageTooLarge: 'amqp:link:message-size-exceeded',
  ThrottlingException: 'com.microsoft:device-container-throttled',
  NotImplemented: 'amqp:not-implemented',
  // which Node tries again
  ServiceUnavailable: 'com.microsoft:timeout',
}

/** What the hub refuses, refused to the peer; anything else stays what it is. */
export async function inAmqpWords<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw amqpRefusalOf(error)
  }
}

export function amqpRefusalOf(error: unknown): unknown {
  if (error instanceof HubRefusal)
    return new AmqpRefusal(conditions[error.code] ?? 'amqp:internal-error', error.message, { number: error.number })
  if (error instanceof Error && error.name === 'StorageUnavailable')
    return new AmqpRefusal('com.microsoft:timeout', 'The hub cannot write to its disk; it recovers once it can.')
  return error
}
