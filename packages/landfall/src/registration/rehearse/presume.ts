/**
 * Nothing but a registration id: which enrollment would decide, what it demands, and which hub a good proof would bring.
 * So with the endorsement key of a TPM: that the TPM holds it, only the TPM can show.
 */
import { type Attestation, type Enrollment, idOf } from '../../enrollment/enrollment.ts'
import type { Fault } from '../../fault.ts'
import { printable } from '../../ids.ts'
import { disabledFault } from '../admit.ts'
import { enrolledFor, judgeEndorsementKey, refuseOnMqtt } from '../attest/tpm.ts'
import { judgeBody, placeOf } from '../decide.ts'
import { type Facts, readFacts, type Sources } from '../facts.ts'
import type { RegistrationRequest } from '../request.ts'
import { makeTrail, type Trail } from '../trail.ts'
import type { Considered, Presumption } from './rehearse.ts'

export async function presume(request: RegistrationRequest, sources: Sources): Promise<Considered> {
  const trail = makeTrail()
  const facts = await readFacts(request, sources)
  if ('fault' in facts) return { decision: refuse(facts.fault, trail, 'request') }
  const differs = judgeBody(request, facts)
  if (differs) return { decision: refuse(differs, trail, 'request'), facts }
  trail.found('request', told(facts))
  const enrollment = await decidingFor(facts, sources, trail)
  const fault = judgeTpm(request, facts)
  if (fault) return { decision: refuse(fault, trail, enrollment ? 'attestation' : 'enrollment', enrollment), facts }
  return {
    decision: enrollment ? presumeGood(enrollment, request, facts, sources, trail) : missing(facts, trail),
    facts,
  }
}

const told = ({ id, shown }: Facts) =>
  shown.kind === 'tpm'
    ? `The device "${id}" shows an endorsement key; that its TPM holds it is presumed.`
    : `The device "${id}" shows nothing yet; its proof is presumed to be good.`

function judgeTpm(request: RegistrationRequest, facts: Facts): Fault | undefined {
  const { shown, individual, id } = facts
  const overMqtt = refuseOnMqtt(request, facts)
  if (overMqtt || shown.kind !== 'tpm') return overMqtt
  const found = enrolledFor(id, individual)
  return 'fault' in found ? found.fault : judgeEndorsementKey(found.attestation, shown.endorsementKey, id)
}

type Step = Parameters<Trail['stopped']>[0]

function refuse(fault: Fault, trail: Trail, step: Step, enrollment?: Enrollment): Presumption {
  trail.stopped(step, fault)
  return { kind: 'refuse', fault, enrollment, trail: trail.steps }
}

/** The individual one, else the group it came in by before: any other group, only its proof can tell. */
async function decidingFor(facts: Facts, { store }: Sources, trail: Trail): Promise<Enrollment | undefined> {
  const { individual, registration, id } = facts
  if (individual) {
    trail.found('enrollment', `The individual enrollment "${individual.registrationId}" decides.`)
    return individual
  }
  trail.found('enrollment', `There is no individual enrollment "${id}".`)
  const group = registration?.group && (await store.group(registration.group.key))
  if (group) {
    trail.found('enrollment', `It came in by the enrollment group "${group.groupId}" before.`)
    return group
  }
  const { groups } = await store.counts()
  const before = registration?.group
    ? `Its enrollment group "${registration.group.id}" is gone.`
    : 'It never registered by a group.'
  trail.found('enrollment', `${before} Its proof tells which enrollment group lets it in, of ${groups}, if any.`)
}

function missing({ id }: Facts, trail: Trail): Presumption {
  return refuse({ reason: 'credentials_missing', facts: { id } }, trail, 'enrollment')
}

function presumeGood(
  enrollment: Enrollment,
  request: RegistrationRequest,
  facts: Facts,
  sources: Sources,
  trail: Trail,
): Presumption {
  const { attestation } = enrollment
  trail.found('attestation', `It demands ${demandOf(attestation, enrollment, facts)}.`)
  if (enrollment.provisioningStatus === 'disabled') {
    const fault = disabledFault(facts.id, enrollment)
    trail.stopped('enrollment', fault)
    return { kind: 'record', status: 'disabled', fault, enrollment, trail: trail.steps }
  }
  const placed = placeOf(request, facts, enrollment, sources, trail)
  if ('fault' in placed)
    return { kind: 'record', status: 'failed', fault: placed.fault, enrollment, trail: trail.steps }
  return 'plan' in placed
    ? { kind: 'assign', plan: placed.plan, enrollment, trail: trail.steps }
    : { kind: 'ask', placing: placed.placing, enrollment, trail: trail.steps }
}

function demandOf(attestation: Attestation, enrollment: Enrollment, { id }: Facts): string {
  if (attestation.type === 'tpm') return 'a proof of the TPM that has its endorsement key, over HTTPS or AMQP'
  if (attestation.type === 'symmetricKey') {
    return enrollment.kind === 'individual'
      ? 'a SAS token signed with its primary or secondary key'
      : `a SAS token signed with the key that is derived from that of "${idOf(enrollment)}" and "${id}"`
  }
  const { primary, secondary } = attestation
  const named = [primary, secondary].flatMap((one) => {
    if (one === undefined) return []
    if (typeof one === 'string') return [`the CA certificate "${one}"`]
    return [
      `"${printable(one.info.subjectName)}" (SHA-256 ${one.info.sha256Thumbprint}, until ${one.info.notAfterUtc})`,
    ]
  })
  const which = named.join(' or ')
  return attestation.kind === 'clientCertificates'
    ? `the certificate ${which}`
    : `a certificate with the common name "${id}", issued below ${which}`
}
