/**
 * What people tell a device to do: no change of ours, but somebody's deed. It is on disk before the device hears of it; what
 * was sent along is the device's, and is not kept. Back ends are another matter: theirs is traffic, and would push all else out.
 */
import type { JsonObject } from '../json.ts'
import type { Store } from '../store/store.ts'
import { type OnAudit, withinBounds } from './audited.ts'
import type { Deed } from './deed.ts'
import type { AuditEntry, AuditTarget } from './entry.ts'

export interface Command {
  readonly target: AuditTarget
  /** What was asked for, without what goes along. */
  readonly what: JsonObject
}

export async function noteCommand(
  { store, onAudit }: { readonly store: Store; readonly onAudit?: OnAudit },
  deed: Deed,
  { target, what }: Command,
): Promise<void> {
  const entry: AuditEntry = { ...withinBounds(deed), action: 'command', target, after: what }
  await store.commit([{ append: 'audit', entry }])
  onAudit?.(entry)
}
