/** The audit log: what is appended is on disk with the change it tells of, and the oldest go within the same write. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AuditEntry, AuditRecord } from '../../audit/entry.ts'
import { type Clock, machineNow } from '../../system.ts'
import type { AuditQuestion, ForgetBound } from '../store.ts'
import { folded } from './facets.ts'

/** Old ones that one append forgets at most: keeps each write short, and more than it brings. */
const mostForgotten = 32

export interface AuditLog {
  /** Into the open transaction. */
  append(entry: AuditEntry): void
  /** All that is beyond the bound, as when the operator has lowered it. */
  forget(): void
  list(question: AuditQuestion): readonly AuditRecord[]
  key(): Uint8Array
}

export function makeAuditLog(database: DatabaseSync, bound: ForgetBound, clock: Clock): AuditLog {
  const add = database.prepare('INSERT INTO audit (at, kind, id, actor, document) VALUES (?, ?, ?, ?, ?)')
  const readKey = database.prepare(`SELECT key FROM audit_key WHERE name = 'instance'`)
  const forget = makeForgetting(database, bound, clock)
  const numbersFor = makeNumbersQuestion(database)
  const document = database.prepare('SELECT number, document FROM audit WHERE number = ?')

  return {
    append(entry) {
      const { at, actor, target } = entry
      add.run(at, target.kind, folded(target.id), folded(actor.name), JSON.stringify(entry))
      forget(mostForgotten)
    },

    forget() {
      while (forget(1000) > 0);
    },

    list: (question) => numbersFor(question).flatMap((number) => document.all(number).map(read)),

    key: () => readKey.get()?.key as Uint8Array,
  }
}

function read(row: Readonly<Record<string, unknown>>): AuditRecord {
  return { ...(JSON.parse(String(row.document)) as AuditEntry), number: Number(row.number) }
}

/**
 * Ages by the machine's clock: a service that rehearses the future (`serve --clock`) must not forget the past for it.
 * The oldest decides how far is looked: not at all while it is young.
 */
function makeForgetting(database: DatabaseSync, { auditEntries, auditAgeMs }: ForgetBound, clock: Clock) {
  const oldest = '(SELECT min(number) FROM audit)'
  const surplus = database.prepare(
    `DELETE FROM audit WHERE number <= min((SELECT max(number) FROM audit) - ?1, ${oldest} + ?2 - 1)`,
  )
  const aged = database.prepare(
    `DELETE FROM audit WHERE number < CASE WHEN (SELECT at FROM audit ORDER BY number LIMIT 1) < ?2
                                           THEN ${oldest} + ?1 ELSE 0 END AND at < ?2`,
  )
  return (most: number): number =>
    Number(surplus.run(auditEntries, most).changes) + Number(aged.run(most, machineNow(clock) - auditAgeMs).changes)
}

/** Each combination of conditions is a statement of its own, which an index answers without looking at a document. */
function makeNumbersQuestion(database: DatabaseSync): (question: AuditQuestion) => readonly number[] {
  const prepared = new Map<string, StatementSync>()
  return (question) => {
    const conditions = conditionsOf(question)
    const where = conditions.map(([sql]) => sql).join(' AND ')
    const sql = `SELECT number FROM audit ${where && `WHERE ${where}`} ORDER BY number DESC LIMIT ?`
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement.all(...conditions.map(([, value]) => value), question.limit).map((row) => Number(row.number))
  }
}

type SqlCondition = readonly [sql: string, value: string | number]

function conditionsOf({ before, kind, id, actor, since, until }: AuditQuestion): readonly SqlCondition[] {
  const conditions: SqlCondition[] = []
  if (before !== undefined) conditions.push(['number < ?', before])
  if (kind !== undefined) conditions.push(['kind = ?', kind])
  if (id !== undefined) conditions.push(['id = ?', folded(id)])
  if (actor !== undefined) conditions.push(['actor = ?', folded(actor)])
  if (since !== undefined) conditions.push(...withinTime('since', since))
  if (until !== undefined) conditions.push(...withinTime('until', until))
  return conditions
}

/**
 * Time goes with the numbers, but for a clock that was set back. Numbers that bound a time are read off its index; else a
 * few entries of long ago would be sought through all that came after, half a second of a hundred thousand.
 */
function withinTime(side: 'since' | 'until', at: number): readonly SqlCondition[] {
  const [order, end] = side === 'since' ? ['>=', 'min'] : ['<=', 'max']
  return [
    [`number ${order} (SELECT ${end}(number) FROM audit INDEXED BY audit_by_at WHERE at ${order} ?)`, at],
    [`at ${order} ?`, at],
  ]
}
