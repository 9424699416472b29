/** How devices name themselves on AMQP (contract/device-api-amqp-tpm 3.3, 5.2). */

export interface DeviceAddress {
  readonly idScope: string
  readonly registrationId: string
}

/**
 * `{idScope}/registrations/{registrationId}`, of a link without scheme, host and slashes at its ends, or as the user name
 * of SASL PLAIN. A hub's link is `devices/{deviceId}/…`, also for a device that is called "registrations".
 */
export function parseDeviceAddress(text: string): DeviceAddress | undefined {
  const [, idScope, registrationId] = /^(?!devices\/)([^/]+)\/registrations\/([^/]+)$/i.exec(text) ?? []
  return idScope === undefined || registrationId === undefined ? undefined : { idScope, registrationId }
}

export const isSameDevice = (one: DeviceAddress | undefined, other: DeviceAddress): boolean =>
  one?.idScope === other.idScope && one.registrationId.toLowerCase() === other.registrationId.toLowerCase()
