/** Work on remote hubs, as it stands on disk: what is needed to carry on after a crash (contract/semantics 19.10). */
import type { RegistrationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { HubWork, Identity } from './hub-work.ts'
import type { Operation } from './record.ts'
import type { Entrance, RecordOrder } from './write-record.ts'

export type Work =
  | { readonly stage: 'assign'; readonly id: RegistrationId; readonly entrance: Entrance; readonly hubWork: HubWork }
  /** The record is on disk; what the device left on its old hub is not removed yet. */
  | { readonly stage: 'remove'; readonly left: Identity }

export function operationFor({ operationId, facts, entrance, at }: RecordOrder, hubWork: HubWork): Operation {
  const work: Work = { stage: 'assign', id: facts.id, entrance, hubWork }
  return { id: operationId, key: facts.key, startedAt: at, work: writeWork(work) }
}

export const removalAfter = (operation: Operation, left: Identity): Operation => ({
  ...operation,
  work: writeWork({ stage: 'remove', left }),
})

// Made and read in this file only, so what comes back from the disk is what went there
const writeWork = (work: Work) => work as unknown as JsonObject
export const readWork = (operation: Operation) => operation.work as unknown as Work
