/** A chain of which a transport read too little at first is read further, and judged once more. */
import type { Fault, Reason } from '../fault.ts'
import type { DeviceRequest } from './request.ts'

/** What a certificate that was sent, but not read, can be the cure of. */
const curable: ReadonlySet<Reason> = new Set<Reason>([
  'chain_incomplete',
  'anchor_unknown',
  'anchor_unverified',
  'signature_invalid',
  'unknown_enrollment',
  // a good chain of a group may learn that the individual enrollment bars it (contract/semantics 18 row 14)
  'wrong_attestation',
  'certificate_differs',
  // another certificate of the same CA may be good where a stored one is not
  'expired',
  'not_yet_valid',
  'not_a_ca',
  'path_length',
  'key_usage',
  'name_constraint',
  'critical_extension',
  'weak_signature',
  'policy',
])

/** `faultOf` says why a judgement is a refusal; undefined where it is none. Only the last judgement counts. */
export async function judgeWhole<Request extends DeviceRequest, Judgement>(
  request: Request,
  judge: (request: Request) => Promise<Judgement>,
  faultOf: (judgement: Judgement) => Fault | undefined,
): Promise<Judgement> {
  let asked = request
  let judgement = await judge(asked)
  for (;;) {
    const { evidence } = asked
    const reason = faultOf(judgement)?.reason
    if (!reason && asked !== request) evidence.vouch?.()
    if (!reason || !curable.has(reason) || evidence.sasToken !== undefined) return judgement
    const certificates = evidence.more?.(evidence.certificates.length) ?? []
    if (certificates.length <= evidence.certificates.length) return judgement
    asked = { ...asked, evidence: { ...evidence, certificates } }
    judgement = await judge(asked)
  }
}
