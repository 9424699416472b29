import type { Json } from './json.ts'
import { useCursorList } from './list.ts'

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

export interface AuditEntry {
  readonly number: number
  readonly at: string
  readonly actor: {
    readonly kind: string
    readonly name: string
    /** The hub whose policy it is; absent: the service's. */
    readonly hub?: string
  }
  readonly remoteAddress?: string
  readonly request?: string
  readonly action: 'create' | 'update' | 'delete' | 'command'
  /** `hub`: the one a device or twin is on. */
  readonly target: { readonly kind: AuditKind; readonly id: string; readonly hub?: string }
  readonly before?: Json
  readonly after?: Json
  /** What was left out of `before` and `after` because they are long. */
  readonly shortened?: string
}

export interface AuditQuery {
  readonly kind?: string
  readonly id?: string
  readonly actor?: string
  readonly since?: string
  readonly until?: string
}

export const useAudit = (query: AuditQuery) => useCursorList<AuditEntry>(['audit'], '/landfall/audit', { ...query })
