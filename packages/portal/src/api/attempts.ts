import { useQuery } from '@tanstack/react-query'
import { call } from './call.ts'
import { path } from './path.ts'

export type Outcome = 'assigned' | 'assigning' | 'failed' | 'disabled' | 'refused' | 'challenged'

export interface TrailStep {
  readonly step: 'request' | 'enrollment' | 'attestation' | 'allocation' | 'reprovisioning' | 'hub'
  readonly ok: boolean
  readonly says: string
  readonly reason?: string
}

export interface AttemptView {
  readonly trackingId: string
  readonly at: string
  readonly registrationId: string
  readonly transport: 'https' | 'mqtt' | 'mqttWs' | 'amqp' | 'amqpWs'
  readonly attestation?: 'symmetricKey' | 'tpm' | 'x509'
  readonly outcome: Outcome
  readonly reason?: string
  /** In place of a reason: the name that its hub refused it with. */
  readonly hubCode?: string
  /** Its hub had let it in before. */
  readonly cutOff?: true
  readonly errorCode?: number
  readonly message?: string
  readonly enrollment?: { readonly kind: 'individual' | 'group'; readonly id: string }
  readonly hub?: string
  readonly deviceId?: string
  readonly durationMs: number
  readonly remoteAddress?: string
  /** Absent where attempts are listed or pushed. */
  readonly trail?: readonly TrailStep[]
}

export const useAttempts = (limit = 20) =>
  useQuery({
    queryKey: ['attempts', limit],
    queryFn: ({ signal }) => call<readonly AttemptView[]>('/landfall/attempts', { query: { limit }, signal }),
  })

export type Trace =
  | { readonly kind: 'attempt'; readonly attempt: AttemptView }
  | {
      readonly kind: 'refusal'
      readonly at: string
      readonly method: string
      readonly path: string
      readonly actor?: { readonly kind: string; readonly name: string }
      readonly status: number
      readonly errorCode: number
      readonly reason: string
      readonly message: string
    }

export const useTrace = (trackingId: string) =>
  useQuery({
    queryKey: ['trace', trackingId],
    queryFn: ({ signal }) => call<Trace>(path`/landfall/traces/${trackingId}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
