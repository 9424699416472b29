/** Lists that the service pages, searches and sorts: read page by page as the reader scrolls. */
import { type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
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
  readonly rows: readonly Row[]
  readonly total: number | undefined
  readonly totalIsExact: boolean
  readonly hasMore: boolean
  /** The first page is on its way and nothing can be shown yet. */
  readonly waiting: boolean
  readonly loadingMore: boolean
  /** Something changed since; many pages are loaded, so the reader says when to read them again. */
  readonly outdated: boolean
  readonly problem: Problem | undefined
  loadMore(): void
  refresh(): void
}

export const pageSize = 100

/** `key[0]` is the resource whose change makes the list outdated (live.ts). */
export function useCursorList<Row>(key: QueryKey, address: string, query: Query): CursorList<Row> {
  const client = useQueryClient()
  const queryKey = [...key, query]
  const read = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      call<Page<Row>>(address, { query: { ...query, after: pageParam, limit: pageSize }, signal }),
    initialPageParam: undefined as string | number | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
    // until live.ts says that something changed
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  })
  const pages = read.data?.pages
  const isLong = (pages?.length ?? 0) > mostRefetched
  const rows = useMemo(() => pages?.flatMap(({ items }) => items) ?? [], [pages])
  return {
    rows,
    total: pages?.at(-1)?.total,
    totalIsExact: pages?.at(-1)?.totalIsExact ?? true,
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
    total: read.data?.length,
    totalIsExact: true,
    hasMore: false,
    waiting: read.isPending,
    loadingMore: false,
    outdated: false,
    problem: read.error ? asProblem(read.error) : undefined,
    loadMore: () => undefined,
    refresh: () => void read.refetch(),
  }
}
const none: readonly never[] = []
