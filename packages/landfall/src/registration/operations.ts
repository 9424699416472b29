/** What is under way to remote hubs and webhooks: one for each device at a time, and on from where a crash left it. */
import type { OperationId, RegistrationKey } from '../ids.ts'
import type { WantedAuthentication } from './hub.ts'
import type { Operation } from './record.ts'
import { type Finished, type OperationParts, runOperation } from './run-operation.ts'

export interface Running {
  readonly operationId: OperationId
  /** What the hub is being told to know the device by; undefined for mere removals. */
  readonly authentication: WantedAuthentication | undefined
  /** Undefined where the service closed before. Never rejects. */
  readonly done: Promise<Finished | undefined>
}

export interface Operations {
  begin(operation: Operation): Running
  of(key: RegistrationKey): Running | undefined
  /** Goes on with what a crash or an end of the service left. */
  resumePending(): Promise<void>
  /** A hub that is being asked is waited for; a webhook, and what is to be tried again, is left for the next start. */
  close(): Promise<void>
}

export function makeOperations(parts: OperationParts): Operations {
  const { store } = parts
  const closing = new AbortController()
  const running = new Map<RegistrationKey, Running>()
  const unfinished = new Set<Promise<unknown>>()

  function begin(operation: Operation): Running {
    const started = runOperation(operation, parts, closing.signal)
    const mine = { operationId: operation.id, ...started }
    running.set(operation.key, mine)
    void mine.done.then(() => running.get(operation.key) === mine && running.delete(operation.key))
    unfinished.add(started.removed)
    void started.removed.then(() => unfinished.delete(started.removed))
    return mine
  }

  return {
    begin,
    of: (key) => running.get(key),
    async resumePending() {
      for (const operation of await store.pendingOperations()) begin(operation)
    },
    async close() {
      closing.abort()
      await Promise.all(unfinished)
    },
  }
}
