/** What would have to be wished for to have a device as it is. */
import type { HubDevice } from './device.ts'
import type { IdentityWish } from './identity-wish.ts'

export function wishAsItIs(device: HubDevice): IdentityWish {
  const { status, statusReason, authentication, iotEdge, deviceScope, parentScopes } = device
  return { status, statusReason, authentication, iotEdge, deviceScope, parentScopes }
}
