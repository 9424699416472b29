/** Asks a webhook, and makes of what it chose the work on the hub (contract/semantics 9, 11.4 e). */
import type { Fault } from '../fault.ts'
import { readChoice } from './allocate/choice.ts'
import type { TrailStep } from './attempt.ts'
import { placed } from './carry-out.ts'
import type { Hubs } from './hub.ts'
import type { Asking, AskWork, AssignWork } from './operation.ts'
import type { RegistrationOptions } from './options.ts'
import { Closing } from './patience.ts'
import type { Operation } from './record.ts'
import { reprovision, takesChosenTwin } from './reprovision.ts'
import type { Webhooks } from './webhook.ts'

interface Parts {
  readonly hubs: Hubs
  readonly webhooks: Webhooks
  readonly options: RegistrationOptions
  readonly closing: AbortSignal
}

/** `steps`: what came of asking. */
export type Asked = { readonly steps: readonly TrailStep[] } & (
  | { readonly work: AssignWork }
  | { readonly fault: Fault }
)

export async function askWebhook(
  { id: operationId }: Operation,
  { id, entrance, asking }: AskWork,
  { hubs, webhooks, options, closing }: Parts,
): Promise<Asked> {
  const answer = await webhooks.ask(asking.question, operationId, closing)
  // what came of it then is what the closing made of it; the next start asks again
  if (closing.aborted) throw new Closing()
  const chosen = readChoice(answer, asking.question)
  if ('fault' in chosen) {
    const { says, fault } = chosen
    return { fault, steps: [{ step: 'allocation', ok: false, says, reason: fault.reason }] }
  }
  const { hub, initialTwin, payload } = chosen.choice
  const names = (await hubs.linked()).map(({ name }) => name)
  const { resetOnSameHub } = options
  const isLinked = (name: string) => names.some((linked) => linked === name)
  const plan = reprovision({ ...asking.placing, isLinked, resetOnSameHub }, hub)
  const hubWork = placed(takesChosenTwin(plan, asking.placing) ? withTwin(asking, initialTwin) : asking, plan)
  return {
    work: { stage: 'assign', id, entrance, hubWork, payload },
    steps: [
      { step: 'allocation', ok: true, says: chosen.says },
      { step: 'reprovisioning', ok: true, says: plan.says },
    ],
  }
}

function withTwin(asking: Asking, initialTwin: Asking['hubWork']['initialTwin']): Asking {
  return initialTwin ? { ...asking, hubWork: { ...asking.hubWork, initialTwin } } : asking
}
