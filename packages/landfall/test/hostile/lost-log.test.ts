/** A log that cannot be written: lines are lost, and nothing else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { makeLog } from '../../src/observe/log.ts'
import { serve } from '../process.ts'
import { registerRaw } from '../raw-device.ts'

test('a service whose log nobody reads any more goes on, and ends as it should', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-log-'))
  try {
    const service = await serve(dir, '--log-level', 'info')
    const { ports, idScope, rootCaPath } = service.connection
    service.child.stderr?.destroy()
    const common = { host: '127.0.0.1', port: ports.https, rootPem: readFileSync(rootCaPath, 'utf8'), idScope }
    // each refusal is a line of the log
    for (const registrationId of ['stranger-1', 'stranger-2', 'stranger-3']) {
      expect((await registerRaw({ ...common, registrationId })).status).toBe(401)
    }
    expect(await service.end('SIGTERM')).toBe(0)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('a log on a full disk throws at nobody', () => {
  const stream = {
    on: () => stream,
    off: () => stream,
    write: () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    },
  } as unknown as NodeJS.WritableStream
  expect(() => makeLog('info', stream).info({}, 'a line')).not.toThrow()
})

test('many services in one process listen to the end of their log once', () => {
  const stream = new PassThrough()
  for (let made = 0; made < 20; made++) makeLog('info', stream)
  expect(stream.listenerCount('error')).toBe(1)
})
