/** Whether a request that carries the session's cookie comes from a page of ours: a browser sends it for others too. */
import { ProvisioningError } from '../fault.ts'
import { sameBytes } from '../sas/key.ts'
import type { Visiting } from './access.ts'

const csrfHeader = 'x-landfall-csrf'

const readsOnly = (method: string) => method === 'GET' || method === 'HEAD'

/**
 * SameSite=Strict keeps the cookie from other sites already; these hold where another port or name of the same site is
 * somebody else's, which the cookie's rules do not tell apart.
 */
export function requireOwnPage(visiting: Pick<Visiting, 'headers' | 'method'>): void {
  const { headers, method } = visiting
  const site = headers['sec-fetch-site']
  // an address that a person typed has no page before it, but does not change anything either
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && readsOnly(method)))
    throw crossSite('the request comes from another site')
  const { origin } = headers
  if (origin !== undefined && origin !== `https://${headers.host}`) throw crossSite('its Origin is another')
}

export function requireCsrf({ headers, method }: Pick<Visiting, 'headers' | 'method'>, csrf: string): void {
  if (readsOnly(method)) return
  const sent = headers[csrfHeader]
  if (typeof sent !== 'string' || !sameBytes(Buffer.from(sent), Buffer.from(csrf)))
    throw crossSite(`a change needs the header ${csrfHeader} with the csrf of GET /portal/session`)
}

const crossSite = (why: string) => new ProvisioningError('cross_site', { why })
