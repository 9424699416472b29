/** One change as it is remembered: who, when, what, and how it was before and after. Free of secrets (secrets.ts). */
import type { Json } from '../json.ts'
import type { Deed } from './deed.ts'

/** `hub`: a hub's settings. `instance`: what else belongs to the service as a whole. */
export const auditKinds = [
  'individual',
  'group',
  'registration',
  'caCertificate',
  'device',
  'twin',
  'module',
  'moduleTwin',
  'configuration',
  'job',
  'policy',
  'hub',
  'allocationPolicy',
  'token',
  'instance',
] as const

export type AuditKind = (typeof auditKinds)[number]
/** `command`: a device was told to do something, and nothing here changed. */
export type AuditAction = 'create' | 'update' | 'delete' | 'command'

export interface AuditTarget {
  readonly kind: AuditKind
  /** As whoever made it wrote it: a stranger's text. */
  readonly id: string
  /** The hub it is on, where that is not said by its kind. */
  readonly hub?: string
}

export interface AuditEntry extends Deed {
  readonly action: AuditAction
  readonly target: AuditTarget
  /** Absent: there was nothing. */
  readonly before?: Json
  readonly after?: Json
  /** What was left out of `before` and `after` because the entry would have been too large. */
  readonly shortened?: string
}

/** An entry in the log: later ones have higher numbers, and a number is never given twice. */
export interface AuditRecord extends AuditEntry {
  readonly number: number
}
