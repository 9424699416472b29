/** What somebody forgot to wait for ends no service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { serve } from '../process.ts'

test('a failure that nobody waited for is logged, and the service stays', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'landfall-'))
  const oversight = join(dir, 'oversight.cjs')
  writeFileSync(oversight, `process.on('SIGUSR2', () => void Promise.reject(new Error('an oversight')))`)
  vi.stubEnv('NODE_OPTIONS', `--require ${oversight}`)
  const service = await serve(dir).finally(() => vi.unstubAllEnvs())
  try {
    const logged = new Promise<string>((resolve) => {
      service.child.stderr?.on('data', (chunk) => String(chunk).includes('an oversight') && resolve(String(chunk)))
    })
    service.child.kill('SIGUSR2')
    expect(await logged).toContain('something failed that nobody waited for')
    expect((await fetch(`http://127.0.0.1:${service.connection.ports.management}/readyz`)).status).toBe(200)
  } finally {
    expect(await service.end('SIGTERM')).toBe(0)
    rmSync(dir, { recursive: true })
  }
})
