/** Puts and deletes things of one shape, each in one statement that compares and writes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Etag } from '../../ids.ts'
import { Conflict, type Expect, type TwinExpect } from '../store.ts'
import { nextNumber } from './row-numbers.ts'
import type { Column, Shape } from './shapes.ts'

export interface Writer<Value> {
  /** By version only where the shape has one. */
  put(value: Value, expect: TwinExpect): void
  delete(key: readonly string[], expect: Expect): void
}

export function makeWriter<Value extends { readonly etag: Etag }>(
  database: DatabaseSync,
  shape: Shape<Value>,
): Writer<Value> {
  const statements = prepareWrites(database, shape)

  function put(value: Value, expect: TwinExpect): void {
    const key = shape.keyOf(value)
    if (typeof expect === 'object' && 'version' in expect) {
      if (changed(statements.atVersion(), [value.etag, JSON.stringify(value), ...key, expect.version])) return
    } else if (typeof expect === 'object' || expect === 'present') {
      const columns = shape.columnsOf(value)
      const document = JSON.stringify(value)
      const versions = expect === 'present' ? [] : [expect.etag]
      const same = expect === 'present' ? statements.touch : statements.touchIf
      const other = expect === 'present' ? statements.update : statements.updateIf
      if (changed(same, [value.etag, document, ...key, ...columns, ...versions])) return
      if (changed(other, [value.etag, ...columns, document, ...key, ...versions])) return
    } else {
      const statement = expect === 'absent' ? statements.insert : statements.upsert
      if (changed(statement, rowOf(shape, value))) return
    }
    throw conflict(key)
  }

  function remove(key: readonly string[], expect: Expect): void {
    if (expect === 'absent') {
      if (found(key) !== undefined) throw conflict(key)
    } else if (typeof expect === 'object') {
      if (!changed(statements.deleteIf, [...key, expect.etag])) throw conflict(key)
    } else if (!changed(statements.delete, key) && expect === 'present') throw conflict(key)
  }

  const found = (key: readonly string[]) => statements.etag.get(...key)?.etag as Etag | undefined
  const conflict = (key: readonly string[]) => new Conflict(shape.kind, key.join('/'), found(key))

  return { put, delete: remove }
}

/** SQL that inserts what `rowOf` gives. */
export function insertInto<Value extends { readonly etag: Etag }>({ table, key, columns, rangeOf }: Shape<Value>) {
  const given = [...key, 'etag', ...columns, 'document']
  const values = given.map(() => '?').join(', ')
  if (!rangeOf) return `INSERT INTO ${table} (${given.join(', ')}) VALUES (${values})`
  return `INSERT INTO ${table} (rowid, ${given.join(', ')}) VALUES (${nextNumber(table, '?1')}, ${values})`
}

export function rowOf<Value extends { readonly etag: Etag }>(shape: Shape<Value>, value: Value): readonly Column[] {
  const range = shape.rangeOf ? [shape.rangeOf(value)] : []
  return [...range, ...shape.keyOf(value), value.etag, ...shape.columnsOf(value), JSON.stringify(value)]
}

function prepareWrites<Value extends { readonly etag: Etag }>(database: DatabaseSync, shape: Shape<Value>) {
  const { table, key } = shape
  const row = ['etag', ...shape.columns, 'document']
  const set = row.map((column) => `${column} = ?`).join(', ')
  const excluded = row.map((column) => `${column} = excluded.${column}`).join(', ')
  const here = key.map((column) => `${column} = ?`).join(' AND ')
  const same = shape.columns.map((column) => ` AND ${column} IS ?`).join('')
  const insert = insertInto(shape)
  return {
    insert: database.prepare(`${insert} ON CONFLICT DO NOTHING`),
    upsert: database.prepare(`${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${excluded}`),
    // SQLite rewrites the indexes of every column that is named, changed or not: mostly none is
    touch: database.prepare(`UPDATE ${table} SET etag = ?, document = ? WHERE ${here}${same}`),
    touchIf: database.prepare(`UPDATE ${table} SET etag = ?, document = ? WHERE ${here}${same} AND etag = ?`),
    update: database.prepare(`UPDATE ${table} SET ${set} WHERE ${here}`),
    updateIf: database.prepare(`UPDATE ${table} SET ${set} WHERE ${here} AND etag = ?`),
    atVersion: once(() => database.prepare(`UPDATE ${table} SET etag = ?, document = ? WHERE ${here} AND version = ?`)),
    delete: database.prepare(`DELETE FROM ${table} WHERE ${here}`),
    deleteIf: database.prepare(`DELETE FROM ${table} WHERE ${here} AND etag = ?`),
    etag: database.prepare(`SELECT etag FROM ${table} WHERE ${here}`),
  }
}

const changed = (statement: StatementSync, parameters: readonly Column[]) => statement.run(...parameters).changes !== 0

/** Of a column that most tables have not. */
function once(make: () => StatementSync): () => StatementSync {
  let made: StatementSync | undefined
  return () => {
    made ??= make()
    return made
  }
}
