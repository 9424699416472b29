import type { AttemptView, TrailStep } from './attempts.ts'
import { call } from './call.ts'

export interface ChainRule {
  readonly rule: string
  readonly section: string
  readonly ok: boolean
  readonly says: string
}

export interface ChainLink {
  /** 1 is the device's own. */
  readonly position: number
  readonly subject: string
  readonly issuer: string
  readonly notBeforeUtc: string
  readonly notAfterUtc: string
  readonly sha1Thumbprint: string
  readonly sha256Thumbprint: string
  readonly serialNumber: string
  /** What the device sent; what is stored here and stood in for it; what the path ends at. */
  readonly from: 'sent' | 'stored' | 'anchor'
  readonly sent: boolean
  /** Enrollment groups and uploaded CA certificates that hold it. */
  readonly enrollmentGroups: readonly string[]
  readonly certificates: readonly string[]
  readonly verified: boolean
  readonly rules: readonly ChainRule[]
}

export interface LintFinding {
  readonly severity: 'error' | 'warning'
  readonly rule: string
  readonly says: string
  readonly position?: number
}

export interface Question {
  readonly registrationId?: string
  readonly idScope?: string
  /** PEM or base64, in one text or several, in any order. */
  readonly chain?: string | readonly string[]
  /** The chain stands in the order of the wire. */
  readonly asSent?: boolean
  readonly symmetricKey?: string
  /** The key is the group's: derive the device's of it. */
  readonly derive?: boolean
  readonly sasToken?: string
  readonly endorsementKey?: string
  readonly transport?: AttemptView['transport']
  readonly apiVersion?: string
  /** ISO 8601: as if it were then. */
  readonly at?: string
}

export interface Diagnosis {
  readonly outcome: string
  /** The id was taken of the evidence. */
  readonly presumed?: unknown
  readonly registrationId: string
  readonly transport: AttemptView['transport']
  readonly at: string
  readonly enrollment?: { readonly kind: 'individual' | 'group'; readonly id: string }
  readonly attestation?: AttemptView['attestation']
  readonly hub?: string
  readonly deviceId?: string
  readonly reason?: string
  readonly errorCode?: number
  readonly message?: string
  readonly remedy?: string
  readonly trail: readonly TrailStep[]
  readonly chain: readonly ChainLink[]
  readonly lint: readonly LintFinding[]
}

/** Walks the engine's own steps and changes nothing. */
export const diagnose = (question: Question, signal?: AbortSignal) =>
  call<Diagnosis>('/landfall/diagnose', { method: 'POST', body: question, signal })
