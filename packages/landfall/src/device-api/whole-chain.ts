/** A chain that was too short as a transport reads it at first is read whole, and judged once more. */
import { ProvisioningError, type Reason } from '../fault.ts'
import type { DeviceRequest } from '../registration/request.ts'

/** What a certificate that was sent, but not read, can be the cure of. */
const curable: ReadonlySet<Reason> = new Set<Reason>([
  'chain_incomplete',
  'anchor_unknown',
  'anchor_unverified',
  'signature_invalid',
  'unknown_enrollment',
])

/** `wholeChain` costs more than what stands in the request; see protocol/tls.ts. */
export async function judgeWhole<Request extends DeviceRequest, Result>(
  request: Request,
  wholeChain: () => readonly Uint8Array[],
  ask: (request: Request) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask(request)
  } catch (error) {
    if (!(error instanceof ProvisioningError && curable.has(error.reason))) throw error
    const certificates = wholeChain()
    if (certificates.length <= request.evidence.certificates.length) throw error
    return ask({ ...request, evidence: { ...request.evidence, certificates } })
  }
}
