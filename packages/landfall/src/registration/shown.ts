/** What a device showed, read from what the transport saw. What cannot be read is a fault, and kept as one. */
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Fault } from '../fault.ts'
import { printable, type RegistrationId } from '../ids.ts'
import type { SasToken } from '../sas/token.ts'
import type { Instant } from '../system.ts'
import { type Certificate, knownCertificate, MalformedCertificate, parseCertificate } from '../x509/certificate.ts'
import { judgeToken } from './attest/symmetric-key.ts'
import type { AttestationType } from './record.ts'
import type { Evidence } from './request.ts'

export interface ShownChain {
  readonly kind: 'x509'
  readonly leaf: Certificate
  /** As sent, less what cannot be read. */
  readonly others: readonly Certificate[]
  /** Of one of the others: told only where no path is found without it. */
  readonly unreadable?: Fault
}

export type Shown =
  | ShownChain
  | { readonly kind: 'sas'; readonly token: SasToken }
  | {
      readonly kind: 'tpm'
      readonly endorsementKey: string
      readonly storageRootKey?: string
      /** Absent: it is still to be challenged. */
      readonly token?: SasToken
    }
  | { readonly kind: 'faulty'; readonly attestation?: AttestationType; readonly fault: Fault }

/** contract/semantics 4.16; the number is that of a path, doubled for what is sent in vain. */
const chainBudget = { certificates: 20, bytes: 64 * 1024 } as const

interface Reader {
  readonly idScope: string
  readonly id: RegistrationId
  readonly at: Instant
  readonly leaves: Leaves
}

// contract/semantics 3.12: a client certificate may be there for the hub, so a token counts before it
export function readShown({ certificates, sasToken, tpm }: Evidence, reader: Reader): Shown {
  if (tpm && !sasToken) return { kind: 'tpm', ...tpm }
  if (sasToken !== undefined) {
    const judgement = judgeToken(sasToken, reader)
    if ('fault' in judgement) {
      return { kind: 'faulty', attestation: tpm ? 'tpm' : 'symmetricKey', fault: judgement.fault }
    }
    const { token } = judgement
    return tpm ? { kind: 'tpm', ...tpm, token } : { kind: 'sas', token }
  }
  const [leaf, ...others] = certificates
  if (!leaf) return { kind: 'faulty', fault: { reason: 'credentials_missing', facts: { id: reader.id } } }
  return readChain(leaf, others, reader)
}

function readChain(leaf: Uint8Array, others: readonly Uint8Array[], { id, leaves }: Reader): Shown {
  const tooMuch = weigh([leaf, ...others], id)
  if (tooMuch) return { kind: 'faulty', attestation: 'x509', fault: tooMuch }
  const own = readCertificate(leaf, leaves.read, { id, position: 1 })
  if ('fault' in own) return { kind: 'faulty', attestation: 'x509', fault: own.fault }
  const readings = others.map((der, index) => readCertificate(der, knownCertificate, { id, position: index + 2 }))
  const unreadable = readings.find((reading) => 'fault' in reading)
  return {
    kind: 'x509',
    leaf: own.certificate,
    others: readings.flatMap((reading) => ('certificate' in reading ? [reading.certificate] : [])),
    ...(unreadable && { unreadable: unreadable.fault }),
  }
}

function weigh(chain: readonly Uint8Array[], id: RegistrationId): Fault | undefined {
  if (chain.length > chainBudget.certificates) {
    return { reason: 'chain_too_long', facts: { id, limit: chainBudget.certificates } }
  }
  const bytes = chain.reduce((sum, { length }) => sum + length, 0)
  if (bytes > chainBudget.bytes) return { reason: 'chain_too_large', facts: { id, limitBytes: chainBudget.bytes } }
}

function readCertificate(
  der: Uint8Array,
  read: (der: Uint8Array) => Certificate,
  where: { readonly id: RegistrationId; readonly position: number },
): { readonly certificate: Certificate } | { readonly fault: Fault } {
  try {
    return { certificate: read(der) }
  } catch (error) {
    if (!(error instanceof MalformedCertificate)) throw error
    return { fault: { reason: 'malformed', facts: { ...where, why: error.why } } }
  }
}

/** For the story of an attempt. */
export function tellShown(shown: Shown): string {
  switch (shown.kind) {
    case 'x509':
      return `the certificate "${printable(shown.leaf.subject.text)}"${shown.others.length > 0 ? ` and ${shown.others.length} more` : ''}`
    case 'sas':
      return 'a SAS token'
    case 'tpm':
      return shown.token ? 'the keys of its TPM and a SAS token' : 'the keys of its TPM'
    case 'faulty':
      return shown.attestation ? 'a credential that will not do' : 'no credential'
  }
}

export interface Leaves {
  read(der: Uint8Array): Certificate
}

/** A device that polls or comes again soon, at some 4 KiB each. */
const mostLeaves = 1000

/** Apart from CA certificates, which a flood of devices must not push out. One object keeps its checked signature. */
export function makeLeaves(): Leaves {
  const known = new LRUCache<string, Certificate>({ max: mostLeaves })
  return {
    read(der) {
      const thumbprint = hash('sha256', der, 'base64')
      const found = known.get(thumbprint)
      if (found) return found
      const certificate = parseCertificate(Uint8Array.from(der)) // a copy: the bytes of a request must not be kept alive
      known.set(thumbprint, certificate)
      return certificate
    },
  }
}
