/**
 * The service's own TLS root and server certificate, made on a first start and kept in DIR/tls. By the machine's clock,
 * never a shifted one: clients judge them by theirs.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OwnCertificate } from '../instance/expiring.ts'
import { type Clock, type Instant, machineNow, type Random } from '../system.ts'
import { type Issued, issuedOf, issueRoot, issueServer, readKeyPair } from '../x509/issue.ts'
import { readCertificates } from '../x509/pem.ts'

export interface ServerCertificate {
  /** What clients must trust. */
  readonly rootCaPath: string
  readonly rootPem: string
  /** Server certificate, then root. */
  readonly chainPem: string
  readonly keyPem: string
  readonly names: readonly string[]
  readonly notAfter: Instant
}

export interface ServerCertificateOrder {
  readonly dataDir: string
  /** Every name and address clients may dial. */
  readonly names: readonly [string, ...string[]]
  readonly clock: Clock
  readonly random: Random
}

const rootDays = 3650
// the longest that Apple's and others' TLS stacks accept of a server certificate
const serverDays = 397
const renewMs = 30 * 86_400_000

/** Always present besides what the operator names (`host.docker.internal` is what containers dial). */
export const standardNames = ['localhost', '127.0.0.1', '::1', 'host.docker.internal'] as const

/** Made anew when it is missing, covers other names, or ends within 30 days; the root stays. */
export async function serverCertificate(order: ServerCertificateOrder): Promise<ServerCertificate> {
  const dir = join(order.dataDir, 'tls')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const root = readPair(dir, 'root') ?? keep(dir, 'root', await newRoot(order))
  const kept = readPair(dir, 'server')
  const server = kept && stillGood(kept, order, dir) ? kept : await newServer(order, root, dir)
  return {
    rootCaPath: join(dir, 'root.pem'),
    rootPem: root.pem,
    chainPem: `${server.pem}${root.pem}`,
    keyPem: server.keyPem,
    names: order.names,
    notAfter: server.certificate.notAfter,
  }
}

const newRoot = ({ clock, random }: ServerCertificateOrder) =>
  issueRoot({
    commonName: `Landfall TLS root ${Buffer.from(random.bytes(4)).toString('hex')}`,
    days: rootDays,
    at: machineNow(clock),
    random,
  })

async function newServer({ names, clock, random }: ServerCertificateOrder, root: Issued, dir: string): Promise<Issued> {
  const server = await issueServer({ names, ca: root, days: serverDays, at: machineNow(clock), random })
  writeOwnerOnly(join(dir, 'names.json'), JSON.stringify(names))
  return keep(dir, 'server', server)
}

function stillGood(server: Issued, { names, clock }: ServerCertificateOrder, dir: string): boolean {
  if (server.certificate.notAfter < machineNow(clock) + renewMs) return false
  const named = join(dir, 'names.json')
  return existsSync(named) && readFileSync(named, 'utf8') === JSON.stringify(names)
}

/** Whether this certificate still does for these names; cheap enough to ask every few seconds. */
export function stillServes({ names, notAfter }: ServerCertificate, wanted: readonly string[], clock: Clock): boolean {
  return notAfter > machineNow(clock) + renewMs && wanted.every((name) => names.includes(name))
}

/** What clients are shown, for those who watch for its end; the root outlives many server certificates. */
export function ownCertificatesOf({ chainPem }: ServerCertificate): readonly OwnCertificate[] {
  return readCertificates(chainPem).map(({ subject, notAfter }, index) => ({
    name: index === 0 ? 'TLS server' : 'TLS root',
    subject: subject.text,
    notAfter,
  }))
}

function readPair(dir: string, name: string): Issued | undefined {
  const path = join(dir, `${name}.pem`)
  if (!existsSync(path)) return
  const keyPath = join(dir, `${name}.key.pem`)
  try {
    const [certificate] = readCertificates(readFileSync(path, 'utf8'))
    return certificate && issuedOf(certificate.der, readKeyPair(readFileSync(keyPath, 'utf8')))
  } catch (error) {
    // a root is never replaced unasked: all clients would have to trust another
    throw new Error(
      `${path} and ${keyPath} are no certificate and its key: ${(error as Error).message} Restore them, or delete both to have new ones made.`,
      { cause: error },
    )
  }
}

function keep(dir: string, name: string, issued: Issued): Issued {
  // the key first: a certificate without its key would be found half made
  writeOwnerOnly(join(dir, `${name}.key.pem`), issued.keyPem)
  writeOwnerOnly(join(dir, `${name}.pem`), issued.pem)
  return issued
}

function writeOwnerOnly(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  chmodSync(`${path}.new`, 0o600)
  renameSync(`${path}.new`, path)
}
