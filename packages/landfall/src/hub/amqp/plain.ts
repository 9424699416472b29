/** What SASL PLAIN shows, as a token: the rest of a connection judges tokens alone. */
import type { PlainCredentials } from '../../protocol/amqp-sasl.ts'
import { readKey } from '../../sas/key.ts'
import { makeToken } from '../../sas/token.ts'
import type { Instant } from '../../system.ts'

/** No connection lasts as long. What it was made with is judged on each use, so that it ends with the policy's key. */
const agesMs = 100 * 365 * 24 * 3600_000

/**
 * The password is a token (contract/iot-hub 2.9), or as Event Hubs take it, and azure-iot-sdk-c's tests send it, the key
 * of the shared access policy that the user name is.
 */
export function tokenOfPlain({ userName, password }: PlainCredentials, host: string, at: Instant): string {
  if (userName.includes('@') || readKey(password) === undefined) return password
  return makeToken({ resource: host, key: password, policyName: userName, expiry: at + agesMs })
}
