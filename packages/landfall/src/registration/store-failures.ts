/** The store's two ways to say no, known by their names: of the store, this room imports types only. */
import type { Fault } from '../fault.ts'

const isNamed = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name

export const isConflict = (error: unknown) => isNamed(error, 'Conflict')

/** What the device is told where nothing could be written; undefined for any other error. */
export function storageFault(error: unknown): Fault | undefined {
  if (isNamed(error, 'StorageUnavailable')) return { reason: 'storage_unavailable', facts: { why: error.message } }
}

/** As often as a write may find that others were faster; each time everything is read and decided anew. */
export const mostTries = 5
