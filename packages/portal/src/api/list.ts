/** Lists that the service pages, searches and sorts: read page by page, from whichever end the reader looks at. */
import { keepPreviousData, type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { call } from './call.ts'
import type { Query } from './path.ts'
import { asProblem, type Problem } from './problem.ts'

export interface Page<Row> {
  readonly items: readonly Row[]
  readonly next?: string | number
  /** Of all that match, loaded or not. */
  readonly total?: number
  /** False: there are at least so many. */
  readonly totalIsExact?: boolean
}

export interface CursorList<Row> {
  /** Those that are loaded: the first ones, and the last ones where they were asked for. */
  readonly rows: readonly Row[]
  /** So many of `rows` are the last ones. What is between them and the others is not loaded. */
  readonly lastRows: number
  readonly total: number | undefined
  readonly totalIsExact: boolean
  readonly hasMore: boolean
  /** The first page is on its way and nothing can be shown yet. */
  readonly waiting: boolean
  readonly loadingMore: boolean
  /** Something changed since; many pages are loaded, so the reader says when to read them again. */
  readonly outdated: boolean
  readonly problem: Problem | undefined
  /** On after the first ones. */
  loadMore(): void
  /** The last ones, then those before them. */
  loadLast(): void
  refresh(): void
}

const pageSize = 100

/** `key[0]` is the resource whose change makes the list outdated (live.ts). */
export function useCursorList<Row>(key: QueryKey, address: string, query: Query): CursorList<Row> {
  const asked = JSON.stringify(query)
  const [lastOf, setLastOf] = useState<string>()
  const fromLast = lastOf === asked
  const first = usePages<Row>(key, address, query, { enabled: true, placeholderData: keepPreviousData })
  // the end of a list is where it begins in the other order
  const backwards = { ...query, order: query.order === 'desc' ? 'asc' : 'desc' }
  const last = usePages<Row>(key, address, backwards, { enabled: fromLast })
  const total = first.newest?.total
  const lastRows = useMemo(() => {
    // what was read from both sides stands there once
    const between = Math.max(0, (total ?? 0) - first.rows.length)
    return fromLast && first.hasMore ? last.rows.slice(0, between).reverse() : none
  }, [first.rows, first.hasMore, last.rows, fromLast, total])
  const problem = first.problem ?? (fromLast ? last.problem : undefined)
  return {
    rows: useMemo(() => [...first.rows, ...lastRows], [first.rows, lastRows]),
    lastRows: lastRows.length,
    total,
    totalIsExact: first.newest?.totalIsExact ?? true,
    hasMore: first.hasMore && !(lastRows.length > 0 && first.rows.length + lastRows.length === total),
    waiting: first.waiting,
    loadingMore: first.loadingMore,
    outdated: first.outdated || (fromLast && last.outdated),
    problem,
    loadMore: first.loadMore,
    loadLast: () => (fromLast ? last.loadMore() : setLastOf(asked)),
    refresh() {
      first.refresh()
      if (fromLast) last.refresh()
    },
  }
}

interface Reading {
  readonly enabled: boolean
  /** What stood there stays until there is something else. */
  readonly placeholderData?: typeof keepPreviousData
}

/** Page after page, in one order. */
function usePages<Row>(key: QueryKey, address: string, query: Query, reading: Reading) {
  const client = useQueryClient()
  const queryKey = [...key, query]
  const read = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      call<Page<Row>>(address, { query: { ...query, after: pageParam, limit: pageSize }, signal }),
    initialPageParam: undefined as string | number | undefined,
    getNextPageParam: ({ next }) => next,
    ...reading,
    // until live.ts says that something changed
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  const pages = read.data?.pages
  const isLong = (pages?.length ?? 0) > mostRefetched
  return {
    rows: useMemo(() => pages?.flatMap(({ items }) => items) ?? none, [pages]),
    newest: pages?.at(-1),
    hasMore: read.hasNextPage,
    waiting: read.isPending,
    loadingMore: read.isFetchingNextPage,
    outdated: read.isStale && !read.isFetching && isLong,
    problem: read.error ? asProblem(read.error) : undefined,
    loadMore: () => void (read.hasNextPage && !read.isFetching && !read.isError && read.fetchNextPage()),
    refresh: () => void (isLong ? client.resetQueries({ queryKey, exact: true }) : read.refetch()),
  }
}

/** A list of more pages than this is not read again by itself when something changed. */
export const mostRefetched = 3

/** A list that came whole, for the same table. */
export function wholeList<Row>(read: {
  readonly data?: readonly Row[]
  readonly isPending: boolean
  readonly error: unknown
  refetch(): unknown
}): CursorList<Row> {
  return {
    rows: read.data ?? none,
    lastRows: 0,
    total: read.data?.length,
    totalIsExact: true,
    hasMore: false,
    waiting: read.isPending,
    loadingMore: false,
    outdated: false,
    problem: read.error ? asProblem(read.error) : undefined,
    loadMore: () => undefined,
    loadLast: () => undefined,
    refresh: () => void read.refetch(),
  }
}
const none: readonly never[] = []
