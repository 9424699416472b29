/** Puts and deletes things of one shape, each in one statement that compares and writes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Etag } from '../../ids.ts'
import { Conflict, type Expect } from '../store.ts'
import type { Column, Shape } from './shapes.ts'

export interface Writer<Value> {
  put(value: Value, expect: Expect): void
  delete(key: readonly string[], expect: Expect): void
}

export function makeWriter<Value extends { readonly etag: Etag }>(
  database: DatabaseSync,
  shape: Shape<Value>,
): Writer<Value> {
  const statements = prepareWrites(database, shape)

  function put(value: Value, expect: Expect): void {
    const key = shape.keyOf(value)
    const row = [value.etag, ...shape.columnsOf(value), JSON.stringify(value)]
    if (!wrote(key, row, expect)) throw conflict(key)
  }

  function wrote(key: readonly string[], row: readonly Column[], expect: Expect): boolean {
    if (expect === 'absent') return changed(statements.insert, [...key, ...row])
    if (expect === 'any') return changed(statements.upsert, [...key, ...row])
    if (expect === 'present') return changed(statements.update, [...row, ...key])
    return changed(statements.updateIf, [...row, ...key, expect.etag])
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

function prepareWrites<Value extends { readonly etag: Etag }>(database: DatabaseSync, shape: Shape<Value>) {
  const { table, key } = shape
  const row = ['etag', ...shape.columns, 'document']
  const all = [...key, ...row]
  const set = row.map((column) => `${column} = ?`).join(', ')
  const excluded = row.map((column) => `${column} = excluded.${column}`).join(', ')
  const here = key.map((column) => `${column} = ?`).join(' AND ')
  const insert = `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`
  return {
    insert: database.prepare(`${insert} ON CONFLICT DO NOTHING`),
    upsert: database.prepare(`${insert} ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${excluded}`),
    update: database.prepare(`UPDATE ${table} SET ${set} WHERE ${here}`),
    updateIf: database.prepare(`UPDATE ${table} SET ${set} WHERE ${here} AND etag = ?`),
    delete: database.prepare(`DELETE FROM ${table} WHERE ${here}`),
    deleteIf: database.prepare(`DELETE FROM ${table} WHERE ${here} AND etag = ?`),
    etag: database.prepare(`SELECT etag FROM ${table} WHERE ${here}`),
  }
}

const changed = (statement: StatementSync, parameters: readonly Column[]) => statement.run(...parameters).changes !== 0
