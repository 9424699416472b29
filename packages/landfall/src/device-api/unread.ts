/** A message that never became a request is an attempt too: told by the device's name, remembered for `landfall explain`. */
import { asRefusal, ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { DeviceRequest } from '../registration/request.ts'
import type { DeviceApiParts } from './parts.ts'

export function reading<Result>(parts: DeviceApiParts, request: DeviceRequest, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw unread(parts, request, asRefusal(error))
  }
}

/** Notes the refusal and gives it back, to be thrown or answered. */
export function unread(
  { device }: DeviceApiParts,
  request: DeviceRequest,
  refusal: ProvisioningError,
): ProvisioningError {
  const told = inTermsOf(request, refusal)
  device.noteUnread(request, told)
  return told
}

// contract/semantics 18 row 82: a registration that cannot be read has a code of its own
function inTermsOf({ registrationId }: DeviceRequest, refusal: ProvisioningError): ProvisioningError {
  if (refusal.reason !== 'body_malformed') return refusal
  return new ProvisioningError('registration_malformed', { ...refusal.facts, id: printable(registrationId) })
}
