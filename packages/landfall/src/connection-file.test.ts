import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connectionFilePath, readConnectionFile } from './connection-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'landfall-connection-'))
afterAll(() => rmSync(dir, { recursive: true }))

test.each(['', 'garbage', 'null', '[]', '{}', '{"serviceConnectionString":5,"rootCaPath":"/r.pem"}'])(
  'a connection.json that is none says that no service is known: %s',
  (text) => {
    writeFileSync(connectionFilePath(dir), text)
    expect(readConnectionFile(dir)).toBeUndefined()
  },
)

test('another that has what is needed is read, whatever else is in it', () => {
  const connection = { serviceConnectionString: 'HostName=h;…', rootCaPath: '/r.pem', newer: 1 }
  writeFileSync(connectionFilePath(dir), JSON.stringify(connection))
  expect(readConnectionFile(dir)).toEqual(connection)
})
