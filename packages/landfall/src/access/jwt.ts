/** What our own tokens and those of an issuer have in common: audiences, and why a check failed. */
import type { errors } from 'jose'
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { Instant } from '../system.ts'
import { jose } from './jose.ts'

/** What the `azure-iot` extension asks a token for (contract/management 6.21): the service API and nothing else. */
export const dataAudience = 'https://azure-devices-provisioning.net'

/** Of a link that signs in to the portal, once (access/tokens.ts): no API takes it. */
export const signInAudience = 'landfall:sign-in'

const known = ['landfall', 'https://management.azure.com', dataAudience]

/**
 * Which of the audiences that we are: clients ask for different ones, so we answer to several (contract/management
 * 6.4). The one that allows most, where a token has more than one.
 */
export function audienceMatches(audience: string | readonly string[] | undefined, hosts: readonly string[]): string {
  const named = [audience ?? []].flat().map((one) => one.replace(/\/$/, ''))
  const own =
    named.find((one) => known.includes(one) && one !== dataAudience) ?? named.find((one) => isOurs(one, hosts))
  const found = own ?? named.find((one) => one === dataAudience)
  if (found !== undefined) return found
  throw new ProvisioningError('bearer_wrong_audience', { audience: shown(named), expected: '"landfall"' })
}

/** Any of our hosts, on any port: the one behind which we are reached is not ours to know. */
function isOurs(audience: string, hosts: readonly string[]): boolean {
  const [, host] = /^https:\/\/([^/:?#@]+)(?::\d{1,5})?$/i.exec(audience) ?? []
  return host !== undefined && hosts.some((one) => one.toLowerCase() === host.toLowerCase())
}

interface Checked {
  readonly jwt: string
  readonly at: Instant
  readonly issuer: string
  readonly algorithms: readonly string[]
  /** Those that an issuer's token must be for. */
  readonly audiences?: readonly string[]
}

/** A check that failed, in the catalogue's words. */
export function faultOfJose(error: unknown, { jwt, at, issuer, algorithms, audiences = [] }: Checked): unknown {
  const { decodeJwt, decodeProtectedHeader, errors } = jose()
  const now = new Date(at).toISOString()
  if (error instanceof errors.JWTExpired) {
    const end = Number(decodeJwt(jwt).exp) * 1000
    return new ProvisioningError('bearer_expired', { expiredAt: isoOf(end), now })
  }
  if (error instanceof errors.JWTClaimValidationFailed) return faultOfClaim(error, jwt, audiences, now)
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new ProvisioningError('bearer_algorithm', {
      algorithm: printable(String(decodeProtectedHeader(jwt).alg), 20),
      accepted: algorithms.join(', '),
    })
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return new ProvisioningError('bearer_wrong_key', { issuer })
  if (error instanceof errors.JOSEError)
    return new ProvisioningError('bearer_malformed', { why: `it is no JWT that can be checked (${error.code})` })
  return error
}

function faultOfClaim(
  error: errors.JWTClaimValidationFailed,
  jwt: string,
  audiences: readonly string[],
  now: string,
): ProvisioningError {
  const { iss, aud } = jose().decodeJwt(jwt)
  if (error.reason === 'missing') return new ProvisioningError('bearer_malformed', { why: `it has no ${error.claim}` })
  if (error.claim === 'nbf') return new ProvisioningError('bearer_not_yet_valid', { now })
  if (error.claim === 'iss') return unknownIssuer(iss)
  if (error.claim === 'aud')
    return new ProvisioningError('bearer_wrong_audience', {
      audience: shown([aud ?? []].flat()),
      expected: audiences.map((one) => `"${one}"`).join(' or '),
    })
  return new ProvisioningError('bearer_malformed', { why: `its ${printable(error.claim, 20)} is not as it should be` })
}

export const unknownIssuer = (issuer: unknown, trusted?: string) =>
  new ProvisioningError('bearer_unknown_issuer', { issuer: printable(String(issuer ?? 'nobody'), 200), trusted })

const shown = (audiences: readonly unknown[]) => printable(audiences.join(', ') || 'nobody', 200)
const isoOf = (at: number) => (Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : 'another time')
