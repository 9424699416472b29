/** What of a list is looked at: search, filters and order, kept in the address so that a link shows the same. */
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'

export interface ListView {
  /** `search`, `sort`, `order` and each filter by its id; what is empty is left out. */
  readonly query: Readonly<Record<string, string>>
  /** `undefined` or an empty text takes a member away. */
  change(patch: Readonly<Record<string, string | undefined>>): void
}

/** `usual` is what an address without parameters shows: `{ sort: 'id', order: 'asc' }`. */
export function useListView(usual: Readonly<Record<string, string>> = {}): ListView {
  const [params, setParams] = useSearchParams()
  const text = params.toString()
  const usually = JSON.stringify(usual)
  const query = useMemo(
    () => ({ ...(JSON.parse(usually) as Record<string, string>), ...Object.fromEntries(new URLSearchParams(text)) }),
    [text, usually],
  )
  const change = useCallback<ListView['change']>(
    (patch) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(patch)) {
            if (value === undefined || value === '') next.delete(name)
            else next.set(name, value)
          }
          return next
        },
        { replace: true },
      ),
    [setParams],
  )
  return { query, change }
}

export interface Narrowing<Row> {
  /** The texts that a search looks into. */
  readonly search: (row: Row) => readonly (string | undefined)[]
  /** By the column's `sort` word. */
  readonly sort?: Readonly<Record<string, (row: Row) => string | number>>
  /** By the filter's id. */
  readonly filters?: Readonly<Record<string, (row: Row) => string>>
}

/** Search, filters and order for a list that came whole. */
export function narrowed<Row>(rows: readonly Row[], query: ListView['query'], by: Narrowing<Row>): readonly Row[] {
  const wanted = query.search?.toLowerCase() ?? ''
  const found = rows.filter(
    (row) =>
      by.search(row).some((text) => text?.toLowerCase().includes(wanted)) &&
      Object.entries(by.filters ?? {}).every(([id, read]) => !query[id] || read(row) === query[id]),
  )
  const read = by.sort?.[query.sort ?? '']
  if (!read) return found
  const sign = query.order === 'desc' ? -1 : 1
  return found.sort((a, b) => sign * compare(read(a), read(b)))
}

const compare = (a: string | number, b: string | number) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b))
