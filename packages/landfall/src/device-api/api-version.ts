/** Which versions of the device API are known, and what depends on them (contract/device-api 10). */
import { ProvisioningError } from '../fault.ts'
import { printable } from '../ids.ts'
import type { DeviceRequest } from '../registration/request.ts'
import type { DeviceApiParts } from './parts.ts'

const known: readonly string[] = [
  '2018-09-01-preview',
  '2018-11-01',
  '2019-03-31',
  '2021-06-01',
  '2021-10-01',
  '2021-11-01-preview',
  '2025-07-01-preview',
]

export function missingVersion(): ProvisioningError {
  return new ProvisioningError('api_version', {
    message: 'The api-version is missing. Add ?api-version=2021-06-01 to the request.',
  })
}

/** What is not known is answered as the newest, and as the cloud does refused (contract/semantics 19). */
export function checkVersion({ fidelity, log }: DeviceApiParts, { apiVersion, trackingId }: DeviceRequest): void {
  if (apiVersion === undefined || known.includes(apiVersion)) return
  if (fidelity === 'cloud') throw unknownVersion(apiVersion)
  log.warn({ trackingId, apiVersion: printable(apiVersion) }, 'an unknown api-version is answered as the newest')
}

const unknownVersion = (version: string) =>
  new ProvisioningError('api_version', {
    message: `The api-version "${printable(version)}" is unknown. Known are ${known.join(', ')}.`,
  })

/** Older clients know three substates; the fourth came with 2019-04-15 (contract/semantics 12.3). */
export function knowsFourthSubstate(version: string | undefined): boolean {
  if (version === undefined) return false
  const date = /^\d{4}-\d{2}-\d{2}/.exec(version)?.[0]
  return date === undefined || date >= '2019-04-15'
}
