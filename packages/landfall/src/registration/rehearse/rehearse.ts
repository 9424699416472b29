/**
 * What would be done about a device, and why, rule by rule: the engine's own reading and deciding, with what it
 * remembers left alone. Nothing is written, noted or counted.
 */
import { type Enrollment, idOf } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import type { TrackingId } from '../../ids.ts'
import type { Instant } from '../../system.ts'
import type { TrailStep, Transport } from '../attempt.ts'
import type { Rules } from '../attest/attested.ts'
import { makeProvenPaths } from '../attest/proven-paths.ts'
import { type Decision, decide } from '../decide.ts'
import { type Facts, readFacts, type Sources } from '../facts.ts'
import type { AttestationType } from '../record.ts'
import type { Evidence, RegistrationRequest } from '../request.ts'
import { judgeWhole } from '../whole-chain.ts'
import { type ChainLink, drawChain } from './chain-links.ts'
import { adviseOnKey } from './key-advice.ts'
import { presume } from './presume.ts'
import { remedyOf } from './remedy.ts'
import { makeTokenFor, type SharedKey } from './shared-key.ts'

export interface RehearsalOrder {
  readonly registrationId: string
  /** Absent: the instance's own. */
  readonly idScope?: string
  /**
   * `certificates`: leaf first, then the rest in any order. Nothing, or a TPM's key alone: the proof is presumed to be
   * good.
   */
  readonly evidence: Pick<Evidence, 'certificates' | 'sasToken' | 'tpm'>
  /** Makes a token, as the device would. */
  readonly key?: SharedKey
  readonly bodyRegistrationId?: string
  readonly transport: Transport
  readonly apiVersion?: string
  readonly at: Instant
  /** As of a request (registration/request.ts). */
  readonly tokensAt?: Instant
}

export interface Rehearsal {
  /** `asked`: a webhook would choose the hub; here it is not asked. */
  readonly outcome: 'assigned' | 'asked' | 'failed' | 'disabled' | 'refused'
  /** Nothing was shown, or a TPM's key alone: this is what a good proof would come to. */
  readonly presumed: boolean
  readonly enrollment?: { readonly kind: Enrollment['kind']; readonly id: string }
  readonly attestation?: AttestationType
  readonly hub?: string
  readonly deviceId?: string
  readonly fault?: Fault
  readonly remedy?: string
  readonly trail: readonly TrailStep[]
  /** The path of certificates that was considered, leaf first; empty where there was none. */
  readonly chain: readonly ChainLink[]
}

/** What a decision is, less what only carrying it out needs. */
export interface Considered {
  readonly decision: Decision | Presumption
  /** Absent: the request itself is faulty, so nothing was looked up. */
  readonly facts?: Facts
}

export type Presumption = Pick<Rehearsal, 'trail'> &
  (
    | { readonly kind: 'refuse'; readonly fault: Fault; readonly enrollment?: Enrollment }
    | {
        readonly kind: 'record'
        readonly status: 'disabled' | 'failed'
        readonly fault: Fault
        readonly enrollment: Enrollment
      }
    | {
        readonly kind: 'assign'
        readonly plan: { readonly hub: string; readonly deviceId: string }
        readonly enrollment: Enrollment
      }
    | { readonly kind: 'ask'; readonly placing: { readonly deviceId: string }; readonly enrollment: Enrollment }
  )

export async function rehearse(order: RehearsalOrder, engine: Rules & Sources): Promise<Rehearsal> {
  const request = await requestOf(order, engine)
  const { certificates, sasToken } = request.evidence
  const presumed = certificates.length === 0 && sasToken === undefined
  const considered = presumed ? await presume(request, engine) : await consider(request, engine)
  const { decision, facts } = considered
  const chain = facts ? drawChain(considered, facts, order) : []
  const advice = facts && 'fault' in decision ? await adviseOnKey(decision.fault, facts, order, engine) : undefined
  const { enrollment } = decision
  return {
    outcome: outcomeOf(decision),
    presumed,
    ...(enrollment && { enrollment: { kind: enrollment.kind, id: idOf(enrollment) } }),
    ...('attestation' in decision && { attestation: decision.attestation }),
    ...(decision.kind === 'assign' && { hub: decision.plan.hub, deviceId: decision.plan.deviceId }),
    ...(decision.kind === 'ask' && { deviceId: decision.placing.deviceId }),
    ...('fault' in decision && {
      fault: decision.fault,
      remedy: advice ?? remedyOf(decision.fault, { facts, enrollment, chain }),
    }),
    trail: decision.trail,
    chain,
  }
}

/** As a transport makes it: the device's own certificate first, the rest where that did not do. */
async function requestOf(order: RehearsalOrder, { store }: Sources): Promise<RegistrationRequest> {
  const { evidence, key, registrationId, transport, at } = order
  const idScope = order.idScope ?? (await store.settings())?.idScope ?? ''
  const token = key && makeTokenFor(key, { idScope, registrationId, at: order.tokensAt ?? at })
  return {
    trackingId: 'rehearsal' as TrackingId,
    idScope,
    registrationId,
    bodyRegistrationId: order.bodyRegistrationId,
    evidence: {
      ...evidence,
      sasToken: evidence.sasToken ?? token,
      certificates: evidence.certificates.slice(0, 1),
      more: () => evidence.certificates,
    },
    apiVersion: order.apiVersion,
    transport,
    at,
    tokensAt: order.tokensAt,
  }
}

/** Paths proven before are proven again, since their rules are to be told. */
function consider(request: RegistrationRequest, engine: Rules & Sources): Promise<Considered> {
  const rules = { ...engine, provenPaths: makeProvenPaths() }
  return judgeWhole<RegistrationRequest, Considered>(
    request,
    async (one) => {
      const facts = await readFacts(one, engine)
      return { decision: decide(one, facts, rules), facts: 'fault' in facts ? undefined : facts }
    },
    ({ decision }) => (decision.kind === 'refuse' ? decision.fault : undefined),
  )
}

function outcomeOf(decision: Considered['decision']): Rehearsal['outcome'] {
  if (decision.kind === 'assign') return 'assigned'
  if (decision.kind === 'ask') return 'asked'
  // of keys without proof; who rehearses a TPM is presumed to have it, so this is not met
  if (decision.kind === 'challenge') return 'refused'
  return decision.kind === 'record' ? decision.status : 'refused'
}
