/** Names and files of `landfall cert` (contract/management 8.10). */
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../x509/certificate.ts'
import { type Issued, readKeyPair, type Signer } from '../x509/issue.ts'
import { PrivateKeyGiven, readCertificateBytes, readCertificates, UnreadableCertificate } from '../x509/pem.ts'
import { UsageError } from './exit.ts'

/** A file to write, by name within the directory. A secret one is readable by its owner only. */
export interface CertFile {
  readonly name: string
  readonly content: string | Uint8Array
  readonly secret?: boolean
}

/** Colons are no part of file names on Windows; anything else unusual goes the same way. */
export const fileNameOf = (name: string): string => name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_'

export const certFile = (name: string, { pem }: Issued): CertFile => ({
  name: `${fileNameOf(name)}.cert.pem`,
  content: pem,
})

export function keyFile(name: string, { keys }: Issued, passphrase?: string): CertFile {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  const content = keys.privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString()
  return { name: `${fileNameOf(name)}.key.pem`, content, secret: true }
}

/** All or none: nothing is written where one of them stands already. Gives the paths. */
export function writeFiles(directory: string, files: readonly CertFile[], force: boolean): readonly string[] {
  const paths = files.map(({ name }) => join(directory, name))
  const taken = force ? undefined : paths.find((path) => existsSync(path))
  if (taken !== undefined) throw new Error(`${taken} is there already. Choose another name or --out, or add --force.`)
  try {
    mkdirSync(directory, { recursive: true })
    for (const file of files) write(join(directory, file.name), file)
  } catch (error) {
    throw new Error(`Cannot write to ${directory}: ${reasonOf(error)}.`)
  }
  return paths
}

function write(path: string, { content, secret }: CertFile): void {
  // the mode counts only for a new file
  if (secret) rmSync(path, { force: true })
  writeFileSync(path, content, { mode: secret ? 0o600 : 0o644 })
}

/** A certificate as the service takes it: PEM as it stands, DER in base64. A private key never leaves this machine. */
export function readCertificateText(file: string): string {
  const bytes = Buffer.from(readInput(file))
  refuseKey(bytes, file)
  // DER begins with the byte 0x30, PEM with a dash or with text
  return bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8')
}

/** What else may be wrong with a certificate, the service says. */
function refuseKey(bytes: Uint8Array, file: string): void {
  try {
    readCertificateBytes(bytes)
  } catch (error) {
    if (error instanceof PrivateKeyGiven) throw new UsageError(`${nameOf(file)} is not sent: ${error.why}.`)
    if (!(error instanceof UnreadableCertificate)) throw error
  }
}

/** Bytes of a file, or of standard input for `-`. */
export function readInput(file: string): Uint8Array {
  try {
    const descriptor = file === '-' ? 0 : openSync(file, 'r')
    try {
      return readBounded(descriptor)
    } finally {
      if (descriptor !== 0) closeSync(descriptor)
    }
  } catch (error) {
    throw new UsageError(`Cannot read ${nameOf(file)}: ${reasonOf(error)}.`)
  }
}

/** Thousands of certificates; a file without end (a device, a pipe) would otherwise take all memory. */
const mostBytes = 16 * 1024 * 1024

function readBounded(descriptor: number): Uint8Array {
  const pieces: Uint8Array[] = []
  let left = mostBytes
  for (;;) {
    const piece = Buffer.allocUnsafe(64 * 1024)
    const count = readSync(descriptor, piece)
    if (count === 0) return Buffer.concat(pieces)
    left -= count
    if (left < 0) throw Object.assign(new Error('too large'), { code: 'EFBIG' })
    pieces.push(piece.subarray(0, count))
  }
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'EFBIG') return `it is larger than ${mostBytes / 1024 / 1024} MiB`
  return code === 'EISDIR' ? 'it is a directory' : code || 'unknown'
}

/** All certificates of a file. */
export function readCertificateFile(file: string): readonly Certificate[] {
  const bytes = readInput(file)
  try {
    return readCertificates(bytes)
  } catch (error) {
    if (error instanceof UnreadableCertificate) throw new UsageError(`Cannot read ${nameOf(file)}: ${error.why}.`)
    throw error
  }
}

/** A CA made here before: its certificate, key, and what stands above it. */
export interface StoredCa extends Signer {
  /** PEM of its own certificate and those above it, root last. */
  readonly chain: readonly string[]
}

export function readCa(directory: string, name: string, passphrase?: string): StoredCa {
  const plain = name.replace(/\.cert\.pem$/, '')
  const base = /[/\\]/.test(plain) ? plain : join(directory, fileNameOf(plain))
  const [certificate] = readCertificateFile(`${base}.cert.pem`)
  if (!certificate) throw new UsageError(`${base}.cert.pem holds no certificate.`)
  const chainFile = existsSync(`${base}.chain.pem`) ? `${base}.chain.pem` : `${base}.cert.pem`
  const chain = Buffer.from(readInput(chainFile))
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
  return {
    certificate,
    keys: readKey(`${base}.key.pem`, passphrase),
    chain: (chain ?? []).map((pem) => `${pem}\n`),
  }
}

function readKey(file: string, passphrase?: string) {
  const pem = Buffer.from(readInput(file)).toString('latin1')
  try {
    return readKeyPair(pem, passphrase)
  } catch {
    const encrypted = pem.includes('ENCRYPTED')
    throw new UsageError(
      encrypted ? `${file} is encrypted. Give its --passphrase.` : `${file} holds no private key that can be read.`,
    )
  }
}
