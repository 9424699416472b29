/** What `landfall cert` writes is what openssl reads. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const directory = mkdtempSync(join(tmpdir(), 'landfall-cert-'))
const at = (name: string) => join(directory, 'certs', name)
afterAll(() => rmSync(directory, { recursive: true }))

const landfall = (...args: readonly string[]) =>
  spawnSync(process.execPath, [main, 'cert', ...args], { cwd: directory })

beforeAll(() => {
  landfall('root', 'Plant Root')
  landfall('intermediate', 'Line 3', '--ca', 'Plant Root', '--key', 'rsa-2048')
  landfall('device', 'pump-12', 'a:b', '--ca', 'Line 3', '--pfx')
})

test('openssl follows the chain, and opens the PFX with it', () => {
  const args = [
    'verify',
    '-x509_strict',
    '-CAfile',
    at('Plant_Root.cert.pem'),
    '-untrusted',
    at('Line_3.cert.pem'),
    at('pump-12.cert.pem'),
  ]
  expect(execFileSync('openssl', args, { encoding: 'utf8' })).toContain('OK')
  const pfx = execFileSync('openssl', ['pkcs12', '-in', at('pump-12.pfx'), '-passin', 'pass:1234', '-nokeys'], {
    encoding: 'utf8',
  })
  expect(pfx.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
})

test('a full disk below the output is told in a sentence', () => {
  const args = [main, 'cert', 'show', at('pump-12.cert.pem')].map((one) => `'${one}'`)
  const full = spawnSync('sh', ['-c', `'${process.execPath}' ${args.join(' ')} > /dev/full`], { encoding: 'utf8' })
  expect(full).toMatchObject({ status: 1, stderr: 'The output cannot be written: ENOSPC.\n' })
})
