/** Pages by headers (contract/service-api 8.5 to 8.8). */
import { ProvisioningError } from '../fault.ts'
import type { JsonObject } from '../json.ts'
import type { Call } from './call.ts'

/** contract/service-api 8.6 */
export const pageSize = { usual: 100, most: 1000 } as const

/** The names are those of the header `x-ms-item-type`; Java, C# and C need them to the letter. */
export type ItemType = 'Enrollment' | 'EnrollmentGroup' | 'DeviceRegistration'

export interface List {
  readonly kind: ItemType
  /** Registrations are listed by group. */
  readonly group?: string
}

export interface PageHeaders {
  readonly limit: number
  readonly after: string | undefined
}

export function readPageHeaders(call: Call, list: List): PageHeaders {
  return {
    limit: readLimit(call.header('x-ms-max-item-count')),
    after: readToken(call.header('x-ms-continuation'), list),
  }
}

function readLimit(text: string | undefined): number {
  const trimmed = text?.trim()
  if (!trimmed) return pageSize.usual
  if (!/^\d{1,15}$/.test(trimmed)) {
    throw new ProvisioningError('bad_request', {
      message: 'x-ms-max-item-count must be a number, 0 for the usual size.',
    })
  }
  return Math.min(Number(trimmed), pageSize.most) || pageSize.usual
}

/** Never an empty continuation, and none on the last page: three clients would loop for ever (contract/service-api 8.5). */
export function pageHeaders(list: List, next: string | undefined): Readonly<Record<string, string>> {
  const itemType = { 'x-ms-item-type': list.kind }
  return next === undefined ? itemType : { ...itemType, 'x-ms-continuation': makeToken(list, next) }
}

function makeToken({ kind, group }: List, after: string): string {
  return Buffer.from(JSON.stringify({ kind, group, after })).toString('base64url')
}

/** A token says behind which key the next page begins, so rows may come and go; one of another list is refused. */
function readToken(text: string | undefined, { kind, group }: List): string | undefined {
  if (!text) return
  const token = decode(text)
  const { after } = token
  if (token.kind !== kind || token.group !== group || typeof after !== 'string') {
    throw new ProvisioningError('bad_request', {
      message: 'The token in x-ms-continuation is not one of this list. Begin again without it.',
    })
  }
  return after
}

function decode(text: string): JsonObject {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return typeof token === 'object' && token !== null ? (token as JsonObject) : {}
  } catch {
    return {}
  }
}
