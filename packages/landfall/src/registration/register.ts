/** The story of a registration. */
import { isDeepStrictEqual } from 'node:util'
import { sentenceOf } from '../fault.ts'
import { printable } from '../ids.ts'
import { carryOut } from './carry-out.ts'
import { type Decision, decide } from './decide.ts'
import type { Engine } from './engine.ts'
import { readFacts } from './facts.ts'
import type { Running } from './operations.ts'
import { answerOf, type Outcome, refused, type WrittenOutcome } from './outcome.ts'
import { remember } from './remember.ts'
import type { Answer, RegistrationRequest } from './request.ts'
import type { Finished } from './run-operation.ts'
import { shareWith } from './share.ts'
import { isConflict, mostTries, storageFault } from './store-failures.ts'
import { waitFor } from './wait.ts'

export async function register(request: RegistrationRequest, engine: Engine): Promise<Answer> {
  const outcome = await hold(await inTurn(request, engine), request, engine)
  remember(request, outcome, engine)
  return answerOf(outcome, request.registrationId) // a refusal is thrown here, and only here
}

/** One registration id at a time (contract/semantics 19.6). */
async function inTurn(request: RegistrationRequest, engine: Engine): Promise<Outcome> {
  const { turns, options } = engine
  const key = request.registrationId.toLowerCase()
  if (turns.isBusy(key) && !options.queueConcurrent) return concurrent(request)
  return turns.run(key, (ahead) => settle(request, engine, ahead).catch((error) => unforeseen(error, request, engine)))
}

/** Where others were faster to write, everything is read and decided anew. */
async function settle(request: RegistrationRequest, engine: Engine, ahead: Outcome | undefined): Promise<Outcome> {
  for (let tries = 1; tries <= mostTries; tries++) {
    const decision = decide(request, await readFacts(request, engine), engine)
    const joined = shareWith(ahead, decision) ?? (await joinRunning(decision, engine))
    if (joined === 'again') continue
    if (joined) return joined
    const outcome = await carryOut(decision, request, engine)
    if (await committed(outcome, engine)) return outcome // on disk before the answer
  }
  return concurrent(request)
}

async function committed({ changes }: Outcome, { store }: Engine): Promise<boolean> {
  if (changes.length === 0) return true
  try {
    await store.commit(changes)
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

const concurrent = ({ registrationId }: RegistrationRequest) =>
  refused({ reason: 'registration_conflict', facts: { id: printable(registrationId) } })

function unforeseen(error: unknown, request: RegistrationRequest, engine: Engine): Outcome {
  const fault = storageFault(error)
  if (fault) return refused(fault)
  remember(request, refused({ reason: 'internal', facts: { trackingId: request.trackingId } }), engine)
  throw error
}

/**
 * The device is on its way to a remote hub already: the same operation, if it asks for the same. Another credential
 * waits for the end, and is then written in its turn.
 */
async function joinRunning(decision: Decision, engine: Engine): Promise<WrittenOutcome | 'again' | undefined> {
  if (decision.kind !== 'assign') return
  const { key, registration } = decision.facts
  const running = engine.operations.of(key)
  if (!running?.authentication || !registration) return
  const same = isDeepStrictEqual(running.authentication, decision.authentication)
  if (!same && (await waitFor(running.done, holdMs, engine.timers))) return 'again'
  const { operationId } = running
  const says = 'The hub is being asked already.'
  return {
    kind: 'assigning',
    decision,
    operationId,
    registration,
    changes: [],
    steps: [{ step: 'hub', ok: true, says }],
  }
}

/** contract/device-api 8.4: all clients wait this long, and most do nothing sensible sooner. */
export const holdMs = 5000

/** A remote hub that is quick enough answers within the request. */
async function hold(outcome: Outcome, request: RegistrationRequest, engine: Engine): Promise<Outcome> {
  if (outcome.kind !== 'assigning') return outcome
  const running = outcome.operation
    ? engine.operations.begin(outcome.operation)
    : engine.operations.of(outcome.registration.key)
  if (running?.operationId !== outcome.operationId) return outcome
  const finished = await waitFor(running.done, holdMs, engine.timers)
  if (finished) return finishedBy(outcome, finished)
  void rememberEnd(running, outcome, request, engine)
  return outcome
}

async function rememberEnd(running: Running, outcome: WrittenOutcome, request: RegistrationRequest, engine: Engine) {
  const finished = await running.done
  if (finished) remember(request, finishedBy(outcome, finished), engine)
}

function finishedBy(
  { decision, operationId, steps }: WrittenOutcome,
  { registration, fault }: Finished,
): WrittenOutcome {
  const common = { decision, operationId, registration, changes: [] }
  if (fault) {
    const { reason, facts } = fault
    const failed = { step: 'hub', ok: false, says: sentenceOf(reason, facts), reason } as const
    return { ...common, kind: 'failed', fault, steps: [...steps, failed] }
  }
  const says = `The device "${registration.deviceId}" is on the hub "${registration.assignedHub}" (${registration.substatus}).`
  return { ...common, kind: 'assigned', steps: [...steps, { step: 'hub', ok: true, says }] }
}
