/**
 * What a device may ask besides registering, and what a connection is asked before there is a message. It proves itself
 * each time as it does to register (contract/device-api 7.6).
 */
import { type Fault, ProvisioningError } from '../fault.ts'
import { keyOf, printable } from '../ids.ts'
import { makeBlob } from '../tpm/blob.ts'
import { readParentKey } from '../tpm/public-area.ts'
import { admit } from './admit.ts'
import { judgeToken } from './attest/symmetric-key.ts'
import { challenged } from './carry-out.ts'
import { judgeBody } from './decide.ts'
import { deliveredKey } from './deliver-key.ts'
import type { Engine } from './engine.ts'
import { type Facts, judgeAddress, readFacts } from './facts.ts'
import { holdMs } from './hold.ts'
import { answerFrom, asPresented, refused } from './outcome.ts'
import type { Registration } from './record.ts'
import { remember } from './remember.ts'
import type { Answer, Challenge, DeviceRequest, RegistrationRequest, StatusRequest } from './request.ts'
import { makeTrail } from './trail.ts'
import { waitFor } from './wait.ts'
import { judgeWhole } from './whole-chain.ts'
import { operationLifeMs } from './write-record.ts'

export async function operationStatus(request: StatusRequest, engine: Engine): Promise<Answer> {
  const facts = await readAdmitted(request, engine, `the state of operation "${printable(request.operationId)}"`)
  const { registration, key, id } = facts
  const operation = registration?.operations.find((known) => known.id === request.operationId)
  if (!registration || !operation || operation.at < request.at - operationLifeMs) {
    return refuse(
      { reason: 'operation_unknown', facts: { id, operationId: printable(request.operationId) } },
      request,
      engine,
    )
  }
  const running = engine.operations.of(key)
  const finished =
    running?.operationId === operation.id ? await waitFor(running.done, holdMs, engine.timers) : undefined
  const record = finished?.registration ?? registration
  const authenticationKey = await deliveredKey(record, facts, engine)
  return { ...answerFrom(record, operation.id, id), ...(authenticationKey !== undefined && { authenticationKey }) }
}

/** contract/semantics 12.10 */
export async function lookUp(request: RegistrationRequest, engine: Engine): Promise<Registration> {
  const facts = await readAdmitted(request, engine, 'its registration')
  const { registration, id } = facts
  const fault: Fault | undefined = judgeBody(request, facts)
  if (fault) return refuse(fault, request, engine)
  if (!registration) return refuse({ reason: 'never_registered', facts: { id } }, request, engine)
  return asPresented(registration, id)
}

/** Before there is a message: whether the credential can be one at all (contract/device-api 5.2). */
export async function precheck(request: DeviceRequest, engine: Engine): Promise<void> {
  const address = judgeAddress(request, await engine.store.settings())
  if ('fault' in address) return refuse(address.fault, request, engine)
  const { id, settings } = address
  const { sasToken, certificates } = request.evidence
  if (sasToken !== undefined) {
    const judgement = judgeToken(sasToken, { idScope: settings.idScope, id, at: request.tokensAt ?? request.at })
    if ('fault' in judgement) refuse(judgement.fault, request, engine)
  } else if (certificates.length === 0) {
    // the log and `landfall explain` tell what CONNACK cannot (contract/device-api-amqp-tpm 10.6)
    const hasTpm = (await engine.store.individual(keyOf(id)))?.attestation.type === 'tpm'
    refuse({ reason: hasTpm ? 'tpm_over_mqtt' : 'credentials_missing', facts: { id } }, request, engine)
  }
}

/** A disabled enrollment is no matter of proof: the answer to the registration tells it. */
export async function prove(request: DeviceRequest, engine: Engine): Promise<Challenge | undefined> {
  try {
    return await proveOrThrow(request, engine)
  } catch (error) {
    const inVain = error instanceof ProvisioningError ? challengeInVain(request, engine) : undefined
    if (inVain === undefined) throw error
    return { ...inVain, refusal: error as ProvisioningError }
  }
}

/**
 * Node's client never calls back where SASL ends before it has its key, and Java's breaks (contract/
 * device-api-amqp-tpm 3.5): so they get one that nobody knows, and hear at its proof that they are refused. A stranger
 * does not learn which ids and keys are enrolled, either.
 */
function challengeInVain({ evidence, idScope }: DeviceRequest, { random }: Engine): Challenge | undefined {
  const { tpm, sasToken } = evidence
  if (!tpm?.storageRootKey || sasToken !== undefined) return
  const [endorsement, root] = [readParentKey(tpm.endorsementKey), readParentKey(tpm.storageRootKey)]
  if ('why' in endorsement || 'why' in root) return
  const keys = { endorsementKey: endorsement.key, storageRootKey: root.key }
  const blob = makeBlob({ ...keys, key: random.bytes(32), data: printable(idScope) }, random)
  return { kind: 'challenge', authenticationKey: blob.toString('base64') }
}

async function proveOrThrow(request: DeviceRequest, engine: Engine): Promise<Challenge | undefined> {
  const { facts, trail, admission } = await readAllowed(request, engine, 'a connection')
  if (admission?.kind !== 'challenged') return
  const outcome = challenged({ ...admission, kind: 'challenge', facts, trail: trail.steps }, request.at, engine.random)
  remember(request, outcome, engine)
  return { kind: 'challenge', authenticationKey: outcome.authenticationKey }
}

/** Who was let in may read its own record, even where its enrollment has been disabled since. */
async function readAdmitted(request: DeviceRequest, engine: Engine, asksFor: string): Promise<Facts> {
  const { facts, admission } = await readAllowed(request, engine, asksFor)
  if (admission?.kind !== 'challenged') return facts
  return refuse({ reason: 'credentials_missing', facts: { id: facts.id } }, request, engine)
}

async function readAllowed(request: DeviceRequest, engine: Engine, asksFor: string) {
  const { facts, trail, admission } = await judgeWhole(
    request,
    (one) => admitOnce(one, engine, asksFor),
    (judged) => (judged.admission?.kind === 'refused' ? judged.admission.fault : undefined),
  )
  if ('fault' in facts) return refuse(facts.fault, request, engine)
  if (admission?.kind !== 'refused') return { facts, trail, admission }
  trail.stopped('attestation', admission.fault)
  remember(request, refused(admission.fault, { ...admission, kind: 'refuse', trail: trail.steps }), engine)
  throw new ProvisioningError(admission.fault.reason, admission.fault.facts)
}

async function admitOnce(request: DeviceRequest, engine: Engine, asksFor: string) {
  const facts = await readFacts(request, engine)
  const trail = makeTrail()
  if ('fault' in facts) return { facts, trail }
  trail.found('request', `The device "${facts.id}" asks for ${asksFor}.`)
  return { facts, trail, admission: admit(request, facts, engine, trail) }
}

function refuse(fault: Fault, request: DeviceRequest, engine: Engine): never {
  remember(request, refused(fault), engine)
  throw new ProvisioningError(fault.reason, fault.facts)
}
