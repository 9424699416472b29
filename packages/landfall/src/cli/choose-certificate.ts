/** Which certificate of a file is meant: people upload chain files, and a service would take the first in silence (contract/management 7.20 e). */
import { createInterface } from 'node:readline/promises'
import type { Certificate } from '../x509/certificate.ts'
import { certificateInfoOf } from '../x509/certificate.ts'
import { readKeyPair } from '../x509/issue.ts'
import { readCertificateFile, readInput } from './cert-files.ts'
import { UsageError } from './exit.ts'
import { harmless, tell } from './output.ts'

interface Choice {
  /** 1 is the first of the file. */
  readonly index?: string
  /** File of the private key: of several certificates, the one whose key it is. */
  readonly key?: string
}

export async function chooseCertificate(file: string, { index, key }: Choice): Promise<Certificate> {
  const certificates = readCertificateFile(file)
  const [only] = certificates
  if (index !== undefined) return at(index, certificates, file)
  if (only !== undefined && certificates.length === 1) return only
  const ofKey = key === undefined ? undefined : certificates.find((certificate) => isKeyOf(certificate, key))
  if (ofKey) return ofKey
  const list = certificates.map(line).join('\n')
  if (file !== '-' && process.stdin.isTTY && process.stderr.isTTY) {
    tell(`${file} holds ${certificates.length} certificates:\n${list}`)
    return at(await ask(certificates.length), certificates, file)
  }
  throw new UsageError(
    `${file} holds ${certificates.length} certificates. Say with --index which one is meant:\n${list}`,
  )
}

function at(index: string, certificates: readonly Certificate[], file: string): Certificate {
  const found = /^[0-9]{1,4}$/.test(index) ? certificates[Number(index) - 1] : undefined
  if (found) return found
  const many = certificates.length
  throw new UsageError(
    `There is no certificate ${harmless(index)} in ${file}: ${many === 1 ? 'it holds one' : `1 to ${many} are there`}.`,
  )
}

async function ask(count: number): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`Which one is to be uploaded (1 to ${count})? `)).trim()
  } finally {
    terminal.close()
  }
}

function line(certificate: Certificate, index: number): string {
  const { subjectName, issuerName, notAfterUtc } = certificateInfoOf(certificate)
  const kind = certificate.extensions.basicConstraints?.ca ? (certificate.selfIssued ? 'root' : 'CA') : 'no CA'
  return `  ${index + 1}  ${harmless(subjectName)} (${kind}), issued by ${harmless(issuerName)}, until ${notAfterUtc}`
}

function isKeyOf({ publicKey }: Certificate, keyFile: string): boolean {
  try {
    return readKeyPair(Buffer.from(readInput(keyFile)).toString('utf8')).publicKey.equals(publicKey)
  } catch {
    // said where the key is used
    return false
  }
}
