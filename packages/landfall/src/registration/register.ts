/** The story of a registration. */
import { printable } from '../ids.ts'
import { carryOut } from './carry-out.ts'
import { type Decision, decide } from './decide.ts'
import { withDeliveredKey } from './deliver-key.ts'
import type { Engine } from './engine.ts'
import { readFacts } from './facts.ts'
import { hold, joinRunning } from './hold.ts'
import { answerOf, type Outcome, refused } from './outcome.ts'
import { remember } from './remember.ts'
import type { Answer, Challenge, RegistrationRequest } from './request.ts'
import { shareWith } from './share.ts'
import { isConflict, mostTries, storageFault } from './store-failures.ts'
import { judgeWhole } from './whole-chain.ts'

export async function register(request: RegistrationRequest, engine: Engine): Promise<Answer | Challenge> {
  const settled = await hold(await inTurn(request, engine), request, engine)
  const outcome = await withDeliveredKey(settled, engine)
  remember(request, outcome, engine)
  return answerOf(outcome, request.registrationId) // a refusal is thrown here, and only here
}

/** One registration id at a time (contract/semantics 19.6). */
async function inTurn(request: RegistrationRequest, engine: Engine): Promise<Outcome> {
  const { turns, options } = engine
  const key = request.registrationId.toLowerCase()
  if (!turns.isBusy(key)) return turns.run(key, (ahead) => settle(request, engine, ahead))
  const refusal = refusalOf(request, engine)
  if (!options.queueConcurrent) return (await refusal) ?? concurrent(request)
  const turn = turns.run(key, async (ahead) => {
    const stopped = await refusal
    return stopped ? (ahead ?? stopped) : settle(request, engine, ahead)
  })
  return (await refusal) ?? turn
}

/** Who cannot prove itself does not wait for its turn, and nobody waits for it. */
async function refusalOf(request: RegistrationRequest, engine: Engine): Promise<Outcome | undefined> {
  try {
    const decision = await consider(request, engine)
    return decision.kind === 'refuse' ? refused(decision.fault, decision) : undefined
  } catch {
    return undefined // met again in its turn, and told there
  }
}

const consider = (request: RegistrationRequest, engine: Engine): Promise<Decision> =>
  judgeWhole(
    request,
    async (one) => decide(one, await readFacts(one, engine), engine),
    (decision) => (decision.kind === 'refuse' ? decision.fault : undefined),
  )

async function settle(request: RegistrationRequest, engine: Engine, ahead: Outcome | undefined): Promise<Outcome> {
  try {
    return await decideAndWrite(request, engine, ahead)
  } catch (error) {
    return unforeseen(error, request, engine)
  }
}

/** Where others were faster to write, everything is read and decided anew. */
async function decideAndWrite(
  request: RegistrationRequest,
  engine: Engine,
  ahead: Outcome | undefined,
): Promise<Outcome> {
  for (let tries = 1; tries <= mostTries; tries++) {
    const decision = await consider(request, engine)
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
