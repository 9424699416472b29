/** The attestation mechanism as sent (contract/service-api 7.3 to 7.6, contract/semantics 2). */
import type { JsonObject } from '../json.ts'
import { readKey } from '../sas/key.ts'
import { longestKeyText } from '../tpm/public-area.ts'
import type { AttestationDraft, SymmetricKeyDraft } from './draft.ts'
import type { Attestation, Enrollment, TpmAttestation } from './enrollment.ts'
import { invalid, memberAt, objectAt, textAt, wordAt } from './fields.ts'
import { parseX509 } from './parse-certificates.ts'

const types = ['symmetricKey', 'tpm', 'x509'] as const satisfies readonly Attestation['type'][]

export function parseAttestation(body: JsonObject, owner: Enrollment['kind'], notes: string[]): AttestationDraft {
  const attestation = objectAt(body, 'attestation')
  if (!attestation) throw invalid('attestation is missing: say how the device proves who it is.')
  const type = wordAt(attestation, 'attestation.type', types)
  if (!type) throw invalid(`attestation.type is missing; it must be one of ${types.join(', ')}.`)
  const stray = types.find((other) => other !== type && memberAt(attestation, other) !== undefined)
  if (stray) throw invalid(`attestation.type is ${type}, but there is an attestation.${stray} too. Send one of them.`)
  const mechanism = objectAt(attestation, `attestation.${type}`)
  if (type === 'symmetricKey') return parseSymmetricKeys(mechanism)
  if (type === 'tpm' && owner === 'group') {
    throw invalid('An enrollment group cannot use TPM attestation; make an individual enrollment for each device.')
  }
  if (!mechanism) throw invalid(`attestation.type is ${type}, but attestation.${type} is missing.`)
  return type === 'tpm' ? parseTpm(mechanism) : parseX509(mechanism, owner, notes)
}

/** Java sends empty strings and nulls, the command line of the cloud an empty object: all mean "make them". */
function parseSymmetricKeys(keys: JsonObject = {}): SymmetricKeyDraft {
  return {
    type: 'symmetricKey',
    primaryKey: parseKey(keys, 'attestation.symmetricKey.primaryKey'),
    secondaryKey: parseKey(keys, 'attestation.symmetricKey.secondaryKey'),
  }
}

function parseKey(keys: JsonObject, path: string): string | undefined {
  const text = textAt(keys, path)?.trim()
  if (!text) return
  if (!readKey(text)) throw invalid(`${path} must be base64 of 16 to 64 bytes. Leave it out to have one generated.`)
  return text
}

// What is inside is judged where it is new (settle.ts)
function parseTpm(tpm: JsonObject): TpmAttestation {
  const endorsementKey = textAt(tpm, 'attestation.tpm.endorsementKey')?.trim()
  const storageRootKey = textAt(tpm, 'attestation.tpm.storageRootKey')?.trim()
  if (!endorsementKey)
    throw invalid('attestation.tpm.endorsementKey is missing: base64 of the endorsement public area.')
  if (endorsementKey.length > longestKeyText || (storageRootKey?.length ?? 0) > longestKeyText) {
    throw invalid(`attestation.tpm has a key of more than ${longestKeyText} characters.`)
  }
  return { type: 'tpm', endorsementKey, storageRootKey: storageRootKey || undefined }
}
