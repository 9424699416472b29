/** A supervisor that changes its mind: the service is stopped before it is ready. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { main } from '../process.ts'

test('a service that is stopped while it starts closes its database, and leaves no word of how to reach it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-early-'))
  try {
    const ports = ['--https-port', '0', '--mqtt-port', '0', '--amqp-port', '0', '--management-port', '0']
    const child = spawn(process.execPath, [main, 'serve', '--data', dir, ...ports], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (!existsSync(join(dir, 'landfall.db'))) await wait(1)
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(readdirSync(dir).sort()).toEqual(['landfall.db', 'tls'])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
