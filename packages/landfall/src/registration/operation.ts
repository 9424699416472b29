/**
 * Work on remote hubs and with webhooks, as it stands on disk: what is needed to carry on after a crash
 * (contract/semantics 19.10).
 */
import type { RegistrationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { HubWork, Identity } from './hub-work.ts'
import type { Operation } from './record.ts'
import type { Placing } from './reprovision.ts'
import type { WebhookQuestion } from './webhook.ts'
import type { Entrance, RecordOrder } from './write-record.ts'

interface Entering {
  readonly id: RegistrationId
  readonly entrance: Entrance
}

export type Work =
  /** The webhook is to choose the hub first. */
  | ({ readonly stage: 'ask'; readonly asking: Asking } & Entering)
  | ({ readonly stage: 'assign'; readonly hubWork: HubWork; readonly payload?: JsonObject } & Entering)
  /** The record is on disk; what the device left on its old hub is not removed yet. */
  | { readonly stage: 'remove'; readonly left: Identity }

export type AskWork = Extract<Work, { stage: 'ask' }>
export type AssignWork = Extract<Work, { stage: 'assign' }>

export interface Asking {
  readonly question: WebhookQuestion
  readonly placing: Placing
  /** What is done on the hub, less what follows from the choice. */
  readonly hubWork: Omit<HubWork, 'plan'>
  /** A device that stays on its hub has its keys there (registration/carry-out.ts). */
  readonly hasItsKeys: boolean
}

export const operationFor = (order: RecordOrder, hubWork: HubWork): Operation =>
  operationOf(order, { stage: 'assign', hubWork })

export const askingOperation = (order: RecordOrder, asking: Asking): Operation =>
  operationOf(order, { stage: 'ask', asking })

type Stage =
  | { readonly stage: 'ask'; readonly asking: Asking }
  | { readonly stage: 'assign'; readonly hubWork: HubWork }

function operationOf({ operationId, facts, entrance, at }: RecordOrder, stage: Stage): Operation {
  return { id: operationId, key: facts.key, startedAt: at, work: writeWork({ ...stage, id: facts.id, entrance }) }
}

export const assigningAfter = (operation: Operation, work: AssignWork): Operation => ({
  ...operation,
  work: writeWork(work),
})

export const removalAfter = (operation: Operation, left: Identity): Operation => ({
  ...operation,
  work: writeWork({ stage: 'remove', left }),
})

// Made and read in this file only, so what comes back from the disk is what went there
const writeWork = (work: Work) => work as unknown as JsonObject
export const readWork = (operation: Operation) => operation.work as unknown as Work
