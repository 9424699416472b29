/** What a hub says no with: its own names and numbers, which the hub SDKs know (contract/iot-hub 3.4). */

const codes = {
  ArgumentInvalid: 400004,
  IotHubFormatError: 400006,
  DefaultStorageEndpointNotConfigured: 400014,
  ConnectionForcefullyClosedOnNewConnection: 400027,
  /** contract/iot-hub 5.6 */
  OperationNotAvailable: 400028,
  IotHubUnauthorizedAccess: 401002,
  IotHubUnauthorized: 401003,
  DeviceMaximumQueueDepthExceeded: 403004,
  DeviceDisabled: 403012,
  DeviceNotFound: 404001,
  IotHubNotFound: 404000,
  JobNotFound: 404002,
  ModuleNotFound: 404010,
  DeviceNotOnline: 404103,
  DeviceConnectionClosedRemotely: 404104,
  ConfigurationNotFound: 404301,
  MethodNotAllowed: 405001,
  DeviceAlreadyExists: 409001,
  JobAlreadyExists: 409104,
  ModuleAlreadyExistsOnDevice: 409301,
  ConfigurationAlreadyExists: 409401,
  PreconditionFailed: 412001,
  DeviceMessageLockLost: 412002,
  MessageTooLarge: 413001,
  TooManyModulesOnDevice: 413003,
  ConfigurationCountLimitExceeded: 413101,
  ThrottlingException: 429001,
  ThrottlingMaxActiveJobCountExceeded: 429004,
  ServerError: 500001,
  NotImplemented: 501001,
  BadDeviceResponse: 502001,
  ServiceUnavailable: 503001,
  GatewayTimeout: 504101,
} as const

export type HubErrorCode = keyof typeof codes

/** Why a device is not let in, or is cut off; the others answer what was asked. */
export const codesAtTheDoor = [
  'IotHubNotFound',
  'IotHubFormatError',
  'IotHubUnauthorized',
  'DeviceNotFound',
  'ModuleNotFound',
  'DeviceDisabled',
  'ConnectionForcefullyClosedOnNewConnection',
] as const satisfies readonly HubErrorCode[]

export class HubRefusal extends Error {
  readonly code: HubErrorCode

  /** `message` names the thing, the rule and the remedy. */
  constructor(code: HubErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'HubRefusal'
    this.code = code
  }

  get number(): number {
    return codes[this.code]
  }

  /** The first three digits of the number. */
  get status(): number {
    return Math.floor(codes[this.code] / 1000)
  }
}

export const invalid = (message: string) => new HubRefusal('ArgumentInvalid', message)

export const deviceNotFound = (deviceId: string, hub: string) =>
  new HubRefusal(
    'DeviceNotFound',
    `There is no device "${deviceId}" on the hub "${hub}". Device ids are case-sensitive.`,
  )

export const moduleNotFound = (deviceId: string, moduleId: string) =>
  new HubRefusal(
    'ModuleNotFound',
    `The device "${deviceId}" has no module "${moduleId}". Module ids are case-sensitive.`,
  )

export const notServed = (what: string) =>
  new HubRefusal('NotImplemented', `${what} not served by this version of the embedded hub.`)
