/** Under `--dev` only: a test CA, registered and verified, with its key beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { audited } from '../audit/audited.ts'
import { ownDeed } from '../audit/deed.ts'
import { uploadCa } from '../enrollment/proof-of-possession.ts'
import { type CaName, caKeyOf } from '../ids.ts'
import type { Store } from '../store/store.ts'
import type { System } from '../system.ts'
import { issueRoot } from '../x509/issue.ts'

export interface TestCaFiles {
  readonly testRootCertPath: string
  readonly testRootKeyPath: string
}

const name = 'landfall-test-ca' as CaName

export async function testCa(dataDir: string, store: Store, { clock, random }: System): Promise<TestCaFiles> {
  const dir = join(dataDir, 'dev')
  const files = { testRootCertPath: join(dir, 'test-root.pem'), testRootKeyPath: join(dir, 'test-root.key.pem') }
  if (!existsSync(files.testRootCertPath)) await makeFiles(dir, files, { clock, random })
  const previous = await store.caCertificate(caKeyOf(name))
  const certificate = readFileSync(files.testRootCertPath, 'utf8')
  const { value } = uploadCa({ name, certificate, isVerified: true }, previous, { at: clock.now(), random })
  await audited(store, ownDeed('start with --dev', clock)).commit([{ put: 'caCertificate', value, expect: 'any' }])
  return files
}

async function makeFiles(dir: string, files: TestCaFiles, { clock, random }: Pick<System, 'clock' | 'random'>) {
  const root = await issueRoot({ commonName: 'Landfall test CA', days: 365, at: clock.now(), random })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(files.testRootKeyPath, root.keyPem, { mode: 0o600 })
  writeFileSync(files.testRootCertPath, root.pem, { mode: 0o600 })
}
