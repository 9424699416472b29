/** What comes of looking at what a device shows, before anyone asks whether its enrollment is switched on. */
import type { Enrollment, IndividualEnrollment } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { DeviceAuthentication } from '../../hub/device.ts'
import type { PathAnswer } from '../../x509/path.ts'
import type { Facts } from '../facts.ts'
import type { RegistrationOptions } from '../options.ts'
import type { AttestationType } from '../record.ts'
import type { DeviceRequest } from '../request.ts'
import type { Trail } from '../trail.ts'
import type { ProvenPaths } from './proven-paths.ts'
import type { DerivedKeys } from './symmetric-key.ts'
import type { TpmKeys } from './tpm.ts'
import type { Proof } from './x509.ts'

export interface Rules {
  readonly options: RegistrationOptions
  readonly derivedKeys: DerivedKeys
  readonly provenPaths: ProvenPaths
}

export interface Case {
  readonly request: DeviceRequest
  readonly facts: Facts
  readonly rules: Rules
  readonly trail: Trail
}

export interface Admitted {
  readonly enrollment: Enrollment
  readonly attestation: AttestationType
  /** What the hub will know the device by. */
  readonly authentication: DeviceAuthentication
  readonly found?: PathAnswer
  /** Of a device that came in by its TPM. */
  readonly tpm?: TpmKeys
}

/** It is to prove that it has the endorsement key that it showed. */
export interface Challenged {
  readonly enrollment: IndividualEnrollment
  readonly attestation: 'tpm'
  readonly tpm: TpmKeys
}

export interface Refused {
  readonly fault: Fault
  readonly enrollment?: Enrollment
  readonly attestation?: AttestationType
  /** The path of certificates that was judged, for who rehearses. */
  readonly found?: PathAnswer
}

export type Attested =
  | ({ readonly kind: 'admitted' } & Admitted)
  | ({ readonly kind: 'challenged' } & Challenged)
  | ({ readonly kind: 'refused' } & Refused)

export const refuse = (fault: Fault, who: Omit<Refused, 'fault'> = {}): Attested => ({ kind: 'refused', fault, ...who })

export const namesOf: Record<AttestationType, string> = {
  symmetricKey: 'a symmetric key',
  x509: 'an X.509 certificate',
  tpm: 'a TPM',
}

/** What was proven of a certificate, as an answer. */
export function concludeX509(proof: Proof, enrollment: Enrollment, { facts, trail }: Case): Attested {
  for (const says of proof.says) trail.found('attestation', says)
  if ('fault' in proof) return refuse(proof.fault, { enrollment, attestation: 'x509', found: proof.found })
  const thumbprint = facts.shown.kind === 'x509' ? facts.shown.leaf.sha256Thumbprint : ''
  // contract/semantics 10.1, 10.2: the certificate that was shown, in both slots
  const authentication = { type: 'selfSigned', primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint } as const
  return { kind: 'admitted', enrollment, attestation: 'x509', authentication, found: proof.found }
}
