/** What the engine needs of a webhook that custom allocation asks; `link/` fulfils it over HTTPS. */
import type { HubName, OperationId } from '../ids.ts'
import type { JsonObject } from '../json.ts'

export interface WebhookQuestion {
  /** May hold a secret: shown to nobody (registration/allocate/question.ts masks it). */
  readonly url: string
  readonly body: JsonObject
  /** The hubs it may choose among. */
  readonly linkedHubs: readonly HubName[]
}

/** `told` is for the device, and names no address; `why` is for those who run the service. */
export interface WebhookTrouble {
  readonly told: string
  readonly why: string
}

export type WebhookAnswer = { readonly status: number; readonly text: string } | { readonly trouble: WebhookTrouble }

export interface Webhooks {
  /**
   * May be asked twice for one operation, after a crash (contract/semantics 9.11). Never rejects; `closing` ends it early.
   */
  ask(question: WebhookQuestion, operationId: OperationId, closing: AbortSignal): Promise<WebhookAnswer>
}
