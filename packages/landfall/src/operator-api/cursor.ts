/** Where the next page of a list begins, as text that means nothing to whoever carries it. */
import { ProvisioningError } from '../fault.ts'
import type { BrowsePlace, BrowseSort } from '../store/store.ts'

/** A cursor goes on in the list that it came from, in the same order. */
export interface ListName {
  readonly of: 'groups' | 'individual' | 'registrations'
  readonly sort: BrowseSort
  readonly order: 'asc' | 'desc'
}

export function writeCursor({ of, sort, order }: ListName, { key, at }: BrowsePlace): string {
  return Buffer.from(JSON.stringify({ of, sort, order, key, at })).toString('base64url')
}

export function readCursor<Key extends string>(text: string | undefined, list: ListName): BrowsePlace<Key> | undefined {
  if (text === undefined) return
  const { of, sort, order, key, at } = decode(text)
  const same = of === list.of && sort === list.sort && order === list.order
  const whole = typeof key === 'string' && (sort === 'key' || Number.isSafeInteger(at))
  if (!same || !whole) {
    throw new ProvisioningError('bad_request', {
      message: 'The parameter "after" is not the "next" of a page of this list in this order. Begin again without it.',
    })
  }
  return { key: key as Key, ...(sort !== 'key' && { at: Number(at) }) }
}

function decode(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
