import type { TrailStep } from './attempts.ts'
import { call } from './call.ts'
import type { JsonObject } from './json.ts'

export interface ChainRule {
  readonly rule: string
  readonly section?: string
  readonly ok: boolean
  readonly says: string
}

export interface ChainLink {
  readonly position: number
  readonly subject: string
  readonly issuer: string
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  readonly sha256Thumbprint: string
  readonly from: 'sent' | 'stored' | 'anchor'
  readonly rules: readonly ChainRule[]
}

export interface LintFinding {
  readonly severity: string
  readonly rule: string
  readonly says: string
  readonly position?: number
}

export interface Diagnosis {
  readonly outcome: string
  readonly enrollment?: { readonly kind: 'individual' | 'group'; readonly id: string }
  readonly hub?: string
  readonly reason?: string
  readonly errorCode?: number
  readonly message?: string
  readonly remedy?: string
  readonly trail: readonly TrailStep[]
  readonly chain: readonly ChainLink[]
  readonly lint: readonly LintFinding[]
}

/** Walks the engine's own steps and changes nothing. */
export const diagnose = (question: JsonObject, signal?: AbortSignal) =>
  call<Diagnosis>('/landfall/diagnose', { method: 'POST', body: question, signal })
