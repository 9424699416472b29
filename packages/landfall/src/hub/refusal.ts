/** What a hub says no with: its own names and numbers, which the hub SDKs know (contract/iot-hub 3.4). */

const codes = {
  ArgumentInvalid: 400004,
  IotHubFormatError: 400006,
  /** contract/iot-hub 5.6 */
  OperationNotAvailable: 400028,
  IotHubUnauthorizedAccess: 401002,
  DeviceNotFound: 404001,
  IotHubNotFound: 404000,
  ModuleNotFound: 404010,
  MethodNotAllowed: 405001,
  DeviceAlreadyExists: 409001,
  PreconditionFailed: 412001,
  MessageTooLarge: 413001,
  ServerError: 500001,
  NotImplemented: 501001,
  ServiceUnavailable: 503001,
} as const

export type HubErrorCode = keyof typeof codes

export class HubRefusal extends Error {
  readonly code: HubErrorCode

  /** `message` names the thing, the rule and the remedy. */
  constructor(code: HubErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'HubRefusal'
    this.code = code
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

export const notServed = (what: string) =>
  new HubRefusal('NotImplemented', `${what} not served by this version of the embedded hub.`)
