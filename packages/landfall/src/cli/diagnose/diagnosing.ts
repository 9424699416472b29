/** A device API that registers nobody: it asks what would be done, tells it, and refuses. */
import { ProvisioningError, sentenceOf } from '../../fault.ts'
import { printable } from '../../ids.ts'
import type { DeviceApi, DeviceRequest, RegistrationRequest } from '../../registration/request.ts'
import { readToken } from '../../sas/token.ts'
import { base64, type DiagnoseBody, type Diagnosis } from './ask.ts'
import type { Heard, SentToken } from './heard.ts'
import type { Wire } from './wire.ts'

interface Diagnosing {
  readonly ask: (body: DiagnoseBody) => Promise<Diagnosis>
  readonly wire: () => Wire | undefined
  readonly onHeard: (heard: Heard) => void
}

export function diagnosing({ ask, wire, onHeard }: Diagnosing): DeviceApi {
  const only = async ({ registrationId }: DeviceRequest): Promise<never> => {
    throw new ProvisioningError('diagnosed', { id: printable(registrationId), would: 'it was not asked to register.' })
  }
  return {
    async register(request) {
      const chain = chainOf(request)
      const heard = { wire: wire() ?? bareWire(request), ...evidenceOf(request, chain) }
      const diagnosis = await diagnose(request, chain, ask).catch((error: Error) => error)
      if (diagnosis instanceof Error) {
        onHeard({ ...heard, unread: `The service could not be asked: ${diagnosis.message}` })
        throw new ProvisioningError('diagnosed', {
          id: printable(request.registrationId),
          would: 'it could not be asked.',
        })
      }
      onHeard({ ...heard, diagnosis })
      throw new ProvisioningError('diagnosed', { id: printable(request.registrationId), would: wouldOf(diagnosis) })
    },
    operationStatus: only,
    lookUp: only,
    // a token is judged with the rest, so that its story is whole
    precheck: async () => {},
    prove: async () => {},
    noteUnread: (request, { reason, facts }) =>
      onHeard({
        wire: wire() ?? bareWire(request),
        ...evidenceOf(request, chainOf(request)),
        unread: sentenceOf(reason, facts),
      }),
  }
}

const bareWire = ({ transport, remoteAddress }: DeviceRequest): Wire => ({ protocol: transport, remoteAddress })

const chainOf = ({ evidence }: DeviceRequest) => {
  const more = evidence.more?.(evidence.certificates.length) ?? []
  return more.length > evidence.certificates.length ? more : evidence.certificates
}

function diagnose(
  request: RegistrationRequest,
  chain: readonly Uint8Array[],
  ask: Diagnosing['ask'],
): Promise<Diagnosis> {
  const { registrationId, bodyRegistrationId, idScope, evidence, transport, apiVersion } = request
  return ask({
    registrationId,
    bodyRegistrationId,
    idScope,
    ...(chain.length > 0 && { chain: chain.map(base64), asSent: true }),
    sasToken: evidence.sasToken,
    endorsementKey: evidence.tpm?.endorsementKey,
    transport,
    apiVersion,
  })
}

function evidenceOf({ registrationId, idScope, apiVersion, evidence }: DeviceRequest, chain: readonly Uint8Array[]) {
  return {
    registrationId: printable(registrationId),
    idScope: printable(idScope),
    apiVersion,
    certificates: chain.length,
    ...(evidence.sasToken !== undefined && { sasToken: tokenOf(evidence.sasToken) }),
  }
}

/** All but the signature. */
function tokenOf(text: string): SentToken {
  const reading = readToken(text)
  if ('malformed' in reading) return { malformed: reading.malformed }
  const { resource, expiry, policyName } = reading.token
  return {
    resource: printable(resource, 300),
    expiresAt: isoOf(expiry),
    policyName: policyName && printable(policyName),
  }
}

const isoOf = (at: number) => (at < 8.64e15 ? new Date(at).toISOString() : 'beyond the calendar')

function wouldOf({ outcome, hub, message, remedy }: Diagnosis): string {
  if (outcome === 'assigned') return `assign it to "${hub}".`
  if (outcome === 'asked') return 'ask the webhook of its enrollment for its hub.'
  const what =
    outcome === 'refused' ? 'refuse it' : outcome === 'disabled' ? 'tell it that it is disabled' : 'record it as failed'
  return `${what}. ${message ?? ''}${remedy === undefined ? '' : ` What to do: ${remedy}`}`
}
