/** What a quickstart makes on disk, in DIR/quickstart: names as `landfall cert` gives them (contract/management 8.10). */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Device } from '../../simulate/wire.ts'
import type { System } from '../../system.ts'
import type { Issued, Signer } from '../../x509/issue.ts'
import { issueDevice, issueIntermediate, issueRoot, readKeyPair } from '../../x509/issue.ts'
import { readCertificates } from '../../x509/pem.ts'

export const rootName = 'quickstart-root'
export const intermediateName = 'quickstart-intermediate'
export const groupId = 'quickstart'

export const quickstartDirOf = (dataDir: string): string => join(dataDir, 'quickstart')
const certificatePath = (dir: string, name: string) => join(dir, `${name}.cert.pem`)
const keyPath = (dir: string, name: string) => join(dir, `${name}.key.pem`)

export interface Authority extends Signer {
  readonly name: string
  readonly certificatePath: string
  readonly pem: string
  readonly keyPem: string
}

export interface Authorities {
  readonly root: Authority
  readonly intermediate: Authority
}

/** Those of an earlier run, where they are good for another day; else new ones. */
export async function authoritiesIn(dir: string, system: System): Promise<Authorities> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const found = readAuthorities(dir, system.clock.now())
  if (found) return found
  const moment = { at: system.clock.now(), random: system.random }
  const root = await issueRoot({ commonName: 'Landfall quickstart root', ...moment })
  const intermediate = await issueIntermediate({ commonName: 'Landfall quickstart intermediate', ca: root, ...moment })
  return { root: saved(dir, rootName, root), intermediate: saved(dir, intermediateName, intermediate) }
}

function readAuthorities(dir: string, at: number): Authorities | undefined {
  const root = readAuthority(dir, rootName)
  const intermediate = readAuthority(dir, intermediateName)
  const dayMs = 24 * 60 * 60_000
  if (!root || !intermediate || root.certificate.notAfter < at + dayMs) return
  return { root, intermediate }
}

function readAuthority(dir: string, name: string): Authority | undefined {
  const path = certificatePath(dir, name)
  if (!existsSync(path) || !existsSync(keyPath(dir, name))) return
  const pem = readFileSync(path, 'utf8')
  const keyPem = readFileSync(keyPath(dir, name), 'utf8')
  const [certificate] = readCertificates(pem)
  return certificate && { name, certificatePath: path, pem, keyPem, certificate, keys: readKeyPair(keyPem) }
}

function saved(dir: string, name: string, issued: Issued): Authority {
  const { pem, keyPem, certificate, keys } = issued
  writeFileSync(certificatePath(dir, name), pem)
  writeFileSync(keyPath(dir, name), keyPem, { mode: 0o600 })
  return { name, certificatePath: certificatePath(dir, name), pem, keyPem, certificate, keys }
}

/** A device with a new certificate of the intermediate; its files are there for other clients to try. */
export async function makeDevice(
  registrationId: string,
  { intermediate }: Authorities,
  dir: string,
  { clock, random }: System,
): Promise<Device> {
  const issued = await issueDevice({ registrationId, ca: intermediate, at: clock.now(), random })
  saved(dir, registrationId, issued)
  const chain = `${issued.pem.trimEnd()}\n${intermediate.pem}`
  writeFileSync(join(dir, `${registrationId}.fullchain.pem`), chain)
  return { registrationId, chain, key: issued.keyPem }
}

/** quickstart-0001 and on: the same devices, however many of them are asked for. */
export function registrationIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `quickstart-${String(index + 1).padStart(4, '0')}`)
}

export function removeFiles(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
}
