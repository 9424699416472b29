import { callLines } from './call.ts'
import type { JsonObject } from './json.ts'

export interface QuickStartStep {
  readonly step: string
  readonly ok?: boolean
  readonly says?: string
  readonly [name: string]: unknown
}

/** The steps, one by one as they are done. */
export const quickStart = (order: JsonObject = {}, signal?: AbortSignal) =>
  callLines<QuickStartStep>('/landfall/quick-start', { method: 'POST', body: order, signal })
