/** A device's SAS token: signed with its own key, or with that of a policy that may connect devices (contract/iot-hub 2). */
import { type Facts, type Reason, sentenceOf } from '../../fault.ts'
import { printable } from '../../ids.ts'
import { coversResource } from '../../sas/authorize.ts'
import { allows, findPolicy } from '../../sas/policy.ts'
import { isExpired, readToken, type SasToken, signedByOneOf, skewMs } from '../../sas/token.ts'
import type { Instant } from '../../system.ts'
import type { AddressedHub } from '../addressed.ts'
import type { DeviceAuthentication } from '../device.ts'
import { HubRefusal } from '../refusal.ts'
import { type Identity, type IdentityName, named } from './named.ts'
import type { Proof } from './session.ts'

export interface Proven {
  readonly proof: Proof
  readonly scope: 'hub' | 'device' | 'module'
  readonly type: 'sas' | 'x509'
  readonly expiresAt?: Instant
}

interface TokenQuestion {
  readonly text: string
  readonly hub: AddressedHub
  readonly identity: Identity
  /** By the machine's clock. */
  readonly at: Instant
}

export const unauthorized = (message: string) => new HubRefusal('IotHubUnauthorized', message)
const refused = (reason: Reason, facts: Facts = {}) => unauthorized(sentenceOf(reason, facts))

/** Form, resource, expiry, signature, right, in this order. */
export function judgeToken({ text, hub, identity, at }: TokenQuestion): Proven {
  const reading = readToken(text)
  if ('malformed' in reading) throw refused('token_malformed', { why: reading.malformed })
  const { token } = reading
  const path = pathOf(identity)
  if (!isFor(token, hub, path)) {
    const expected = `${hub.setting.name}${path}`
    throw refused('token_wrong_resource', { resource: printable(token.resource), expected })
  }
  if (isExpired(token, at)) throw expired(token, at)
  const expiresAt = token.expiry + skewMs
  return token.policyName === undefined
    ? { proof: byOwnKey(token, identity), scope: scopeOf(identity), type: 'sas', expiresAt }
    : { proof: byPolicy(token, hub, token.policyName), scope: 'hub', type: 'sas', expiresAt }
}

const pathOf = ({ deviceId, moduleId }: IdentityName) =>
  moduleId === undefined ? `/devices/${deviceId}` : `/devices/${deviceId}/modules/${moduleId}`

export const scopeOf = ({ moduleId }: IdentityName) => (moduleId === undefined ? 'device' : 'module')

/** Clients encode the id once more within the resource, and old ones end it with their api-version (contract/iot-hub 2.3). */
function isFor({ resource }: SasToken, { names }: AddressedHub, path: string): boolean {
  const bare = resource.replace(/\/\??api-version=[^/]*$/i, '')
  const question = { hosts: names, path }
  return coversResource(bare, question) || coversResource(decodedOnceMore(bare), question)
}

function decodedOnceMore(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function expired({ expiry }: SasToken, at: Instant): HubRefusal {
  return refused('token_expired', {
    expiredAt: new Date(Math.min(expiry, 8.64e15)).toISOString(),
    lateBySeconds: Math.round((at - expiry) / 1000),
    now: new Date(at).toISOString(),
  })
}

function byOwnKey(token: SasToken, identity: Identity): Proof {
  const { authentication } = identity
  if (authentication.type !== 'sas')
    throw unauthorized(
      `The ${named(identity)} authenticates by ${nameOf(authentication.type)}, but showed a SAS token. Connect with its certificate and without a token, or change its authentication on the hub.`,
    )
  const { primaryKey, secondaryKey } = authentication
  const key = [primaryKey, secondaryKey].find((one) => signedByOneOf(token, [one]))
  if (key !== undefined) return { kind: 'deviceKey', key }
  throw unauthorized(
    `The SAS token of the ${named(identity)} is signed with neither of its two keys on this hub. Its key may have been changed: take it from the hub, or register again.`,
  )
}

const nameOf = (type: DeviceAuthentication['type']) => (type === 'none' ? 'nothing at all' : 'an X.509 certificate')

function byPolicy(token: SasToken, { setting }: AddressedHub, name: string): Proof {
  const policy = findPolicy(setting.policies, name)
  if (!policy) throw refused('token_unknown_policy', { policy: printable(name) })
  const key = [policy.primaryKey, policy.secondaryKey].find((one) => signedByOneOf(token, [one]))
  if (key === undefined) throw refused('token_wrong_key', { policy: policy.name })
  if (!allows(policy, 'DeviceConnect'))
    throw refused('token_missing_right', { policy: policy.name, right: 'DeviceConnect', has: policy.rights.join(', ') })
  return { kind: 'policyKey', policy: policy.name, key }
}
