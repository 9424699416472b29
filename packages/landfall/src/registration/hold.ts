/** Waiting, within a request, for what is under way to a remote hub or a webhook. */
import { isDeepStrictEqual } from 'node:util'
import { sentenceOf } from '../fault.ts'
import type { Decision } from './decide.ts'
import type { Engine } from './engine.ts'
import type { Running } from './operations.ts'
import type { Outcome, WrittenOutcome } from './outcome.ts'
import { remember } from './remember.ts'
import type { RegistrationRequest } from './request.ts'
import type { Finished } from './run-operation.ts'
import { waitFor } from './wait.ts'
import { recordedTpm } from './write-record.ts'

/**
 * The device is on its way to a remote hub, or a webhook is asked about it, already: the same operation, if it asks for
 * the same. Another credential waits for the end, and is then written in its turn.
 */
export async function joinRunning(decision: Decision, engine: Engine): Promise<WrittenOutcome | 'again' | undefined> {
  if (decision.kind !== 'assign' && decision.kind !== 'ask') return
  const { key, registration } = decision.facts
  const running = engine.operations.of(key)
  if (!running?.authentication || !registration) return
  const same =
    isDeepStrictEqual(running.authentication, decision.authentication) &&
    // what is answered is wrapped for the one that is recorded
    registration.tpm?.storageRootKey === recordedTpm(decision)?.storageRootKey
  if (!same && (await waitFor(running.done, holdMs, engine.timers))) return 'again'
  const { operationId } = running
  const says = 'It is on its way already: this is the same operation.'
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

/** A remote hub or webhook that is quick enough answers within the request. */
export async function hold(outcome: Outcome, request: RegistrationRequest, engine: Engine): Promise<Outcome> {
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
  { registration, fault, steps: done = [] }: Finished,
): WrittenOutcome {
  const common = { decision, operationId, registration, changes: [] }
  const told = [...steps, ...done]
  if (fault) {
    const { reason, facts } = fault
    const failed = { step: 'hub', ok: false, says: sentenceOf(reason, facts), reason } as const
    return { ...common, kind: 'failed', fault, steps: [...told, ...(done.some(({ ok }) => !ok) ? [] : [failed])] }
  }
  const says = `The device "${registration.deviceId}" is on the hub "${registration.assignedHub}" (${registration.substatus}).`
  return { ...common, kind: 'assigned', steps: [...told, { step: 'hub', ok: true, says }] }
}
