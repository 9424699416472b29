/** How soon a device hears that it is assigned (contract/device-api 8.4). */
import type { Answer, DeviceApi } from '../registration/request.ts'

/** contract/device-api 8.4.4 */
const cloudRetryAfterSeconds = 3

/**
 * `fast`: as soon as the engine knows. `cloud`: the first answer says `assigning` and no more; the device learns the
 * rest when it asks for the operation, which the engine can answer for as long as operations are readable. So nothing
 * is kept here. A refusal is told at once, as in the cloud.
 */
export function withPace(device: DeviceApi, pace: 'fast' | 'cloud'): DeviceApi {
  if (pace === 'fast') return device
  return {
    operationStatus: (request) => device.operationStatus(request),
    lookUp: (request) => device.lookUp(request),
    precheck: (request) => device.precheck(request),
    prove: (request) => device.prove(request),
    noteUnread: (request, fault) => device.noteUnread(request, fault),
    async register(request) {
      const answer = await device.register(request)
      if (answer.kind === 'challenge') return answer
      const { operationId } = answer
      return { kind: 'assigning', operationId, retryAfterSeconds: cloudRetryAfterSeconds } satisfies Answer
    },
  }
}
