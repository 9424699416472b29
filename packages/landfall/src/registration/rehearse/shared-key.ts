/** A device that signs with a symmetric key, played: its token is made here and shown to the engine. */
import { deriveDeviceKey } from '../../sas/key.ts'
import { makeToken } from '../../sas/token.ts'
import type { Instant } from '../../system.ts'

export interface SharedKey {
  /** Base64. */
  readonly text: string
  /** It is a group's: the device's is derived from it. */
  readonly derive: boolean
}

interface Audience {
  readonly idScope: string
  readonly registrationId: string
  readonly at: Instant
}

/** As long as most SDKs make it (contract/semantics 6.8). */
const lifetimeMs = 3_600_000

export function makeTokenFor({ text, derive }: SharedKey, { idScope, registrationId, at }: Audience): string {
  return makeToken({
    resource: `${idScope}/registrations/${registrationId}`,
    key: derive ? deriveDeviceKey(text, registrationId) : text,
    expiry: at + lifetimeMs,
    policyName: 'registration',
  })
}
