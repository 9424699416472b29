/** A page of a list, and the parameters that all lists take. */
import type { JsonObject } from '../json.ts'
import type { Browsed, BrowsePlace } from '../store/store.ts'

export const usualLimit = 50

export const listParameters = {
  // the longest id is 128 characters
  search: { type: 'string', maxLength: 128 },
  // RFC 1035 3.1
  hub: { type: 'string', minLength: 1, maxLength: 253 },
  order: { enum: ['asc', 'desc'] },
  // a cursor holds an id of 128 characters
  after: { type: 'string', minLength: 1, maxLength: 512 },
  // some 5 KiB each at most are read for a row
  limit: { type: 'integer', minimum: 1, maximum: 200 },
} as const

export interface Page {
  readonly items: readonly JsonObject[]
  readonly next?: string
  readonly total: number
  /** False: there are at least so many. */
  readonly totalIsExact: boolean
}

export function pageOf<Item, Key extends string>(
  { items, next, total, totalIsExact }: Browsed<Item, Key>,
  row: (item: Item) => JsonObject,
  cursorOf: (next: BrowsePlace<Key>) => string,
): Page {
  return { items: items.map(row), ...(next && { next: cursorOf(next) }), total, totalIsExact }
}
