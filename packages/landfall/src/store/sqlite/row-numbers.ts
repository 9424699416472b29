/**
 * Where a new registration stands in its table. SQLite keeps rows in the order of their numbers: numbered as they
 * arrive, the members of one group among ten thousand stand on a page each, and a list of a hundred reads a hundred
 * pages. So every group has a range of numbers of its own, and a member gets the next one in it.
 */
import { hash } from 'node:crypto'
import type { Registration } from '../../registration/record.ts'

/** 2^21 ranges of 2^32 numbers, the largest still exact in JavaScript. Groups that share one share pages, no more. */
const bits = { range: 21, within: 32n } as const
const lastWithin = (1n << bits.within) - 1n

/** The number before the first of the range. Registrations by individual enrollments share one. */
export function rangeOf({ group }: Registration): bigint {
  const digest = hash('sha256', group?.key ?? '', 'buffer').readUInt32BE()
  return BigInt(digest >>> (32 - bits.range)) << bits.within
}

/** SQL for the next free number; `from` is the parameter that `rangeOf` is bound to. */
export const nextNumber = (table: string, from: string) =>
  `(SELECT coalesce(max(rowid), ${from}) + 1 FROM ${table} WHERE rowid BETWEEN ${from} AND ${from} + ${lastWithin})`
