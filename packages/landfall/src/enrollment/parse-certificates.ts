/** The x509 member of an attestation: exactly one kind, at least one slot (contract/service-api 7.6). */
import { type CaName, parseCaName, printable } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { CertificatesDraft, SlotDraft } from './draft.ts'
import type { CaReferencesAttestation, Enrollment, X509Attestation } from './enrollment.ts'
import { invalid, memberAt, objectAt, requireObject, textAt } from './fields.ts'
import { enrolled, firstOfMany, readCertificate } from './read-certificate.ts'

type X509Kind = X509Attestation['kind']
const kinds = ['clientCertificates', 'signingCertificates', 'caReferences'] as const satisfies readonly X509Kind[]

export function parseX509(
  x509: JsonObject,
  owner: Enrollment['kind'],
  notes: string[],
): CertificatesDraft | CaReferencesAttestation {
  const kind = onlyKind(x509, owner)
  const slots = requireObject(x509[kind], `attestation.x509.${kind}`)
  const draft = kind === 'caReferences' ? parseReferences(slots) : parseSlots(slots, kind, notes)
  if (draft.primary === undefined && draft.secondary === undefined) {
    throw invalid(`attestation.x509.${kind} needs a primary, a secondary, or both.`)
  }
  return draft
}

function onlyKind(x509: JsonObject, owner: Enrollment['kind']): X509Kind {
  const sent = kinds.filter((kind) => memberAt(x509, kind) !== undefined)
  const [kind] = sent
  if (kind === undefined || sent.length > 1) {
    throw invalid(`attestation.x509 needs exactly one of ${kinds.join(', ')}; it has ${sent.join(' and ') || 'none'}.`)
  }
  // could never match a device, and C# cannot read such an answer (contract/service-api 7.6)
  if (owner === 'group' && kind === 'clientCertificates') {
    throw invalid(
      'An enrollment group takes signingCertificates or caReferences; clientCertificates are of one device.',
    )
  }
  if (owner === 'individual' && kind === 'signingCertificates') {
    throw invalid(
      'An individual enrollment takes clientCertificates or caReferences; signingCertificates are of a group.',
    )
  }
  return kind
}

function parseReferences(slots: JsonObject): CaReferencesAttestation {
  const reference = (slot: string): CaName | undefined => {
    const name = textAt(slots, `attestation.x509.caReferences.${slot}`)?.trim()
    return name ? parseCaName(name) : undefined
  }
  return { type: 'x509', kind: 'caReferences', primary: reference('primary'), secondary: reference('secondary') }
}

function parseSlots(slots: JsonObject, kind: CertificatesDraft['kind'], notes: string[]): CertificatesDraft {
  const slot = (name: string) => parseSlot(slots, `attestation.x509.${kind}.${name}`, notes)
  return { type: 'x509', kind, primary: slot('primary'), secondary: slot('secondary') }
}

function parseSlot(slots: JsonObject, path: string, notes: string[]): SlotDraft | undefined {
  const slot = objectAt(slots, path)
  if (!slot) return
  const text = textAt(slot, `${path}.certificate`)?.trim()
  if (!text) return { kind: 'kept', sha256Thumbprint: thumbprintIn(slot) }
  const reading = readCertificate(text, `${path}.certificate`)
  if (reading.ignored > 0) notes.push(firstOfMany(path, reading))
  return { kind: 'given', certificate: enrolled(reading.certificate) }
}

/** Of the info block only the thumbprint counts; the rest is the service's own word (contract/service-api 7.7). */
function thumbprintIn(slot: JsonObject): string | undefined {
  const info = memberAt(slot, 'info')
  const thumbprint = isJsonObject(info) ? info.sha256Thumbprint : undefined
  return typeof thumbprint === 'string' && thumbprint !== '' ? printable(thumbprint.toUpperCase(), 64) : undefined
}
