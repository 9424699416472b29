/**
 * Operations that a client may ask for, with `--pace cloud` (contract/management 2.30). The work is done before the
 * first answer, so the first question is told `Running` as the cloud would, and every further one `Succeeded`.
 */
import { ProvisioningError } from '../fault.ts'
import { type Etag, printable } from '../ids.ts'
import type { Clock, Instant, Random } from '../system.ts'
import type { Answer, Call, Room } from './call.ts'
import { requireService, subscriptionId } from './names.ts'
import type { renderService } from './render-service.ts'

/** contract/management 2.35 */
const keptMs = 24 * 60 * 60_000
/** A bound of our own: more changes of one service than a day's scripts make. */
const mostKept = 10_000

export class Operations {
  readonly #clock: Pick<Clock, 'now'>
  readonly #random: Pick<Random, 'uuid'>
  readonly #kept = new Map<string, { readonly at: Instant; asked: boolean }>()

  constructor({ clock, random }: { readonly clock: Pick<Clock, 'now'>; readonly random: Pick<Random, 'uuid'> }) {
    this.#clock = clock
    this.#random = random
  }

  begin(): string {
    this.#forget()
    const id = this.#random.uuid()
    this.#kept.set(id, { at: this.#clock.now(), asked: false })
    return id
  }

  /** Undefined: never begun, or long ago. */
  ask(id: string): 'Running' | 'Succeeded' | undefined {
    this.#forget()
    const operation = this.#kept.get(id)
    if (!operation) return
    if (operation.asked) return 'Succeeded'
    operation.asked = true
    return 'Running'
  }

  /** The oldest come first. */
  #forget(): void {
    for (const [id, { at }] of this.#kept) {
      if (at > this.#clock.now() - keptMs && this.#kept.size < mostKept) return
      this.#kept.delete(id)
    }
  }
}

/** A change as the cloud puts it off (contract/management 2.31): the etag still the old one, id scope and host names to come. */
export function accepted(
  body: ReturnType<typeof renderService>,
  etag: Etag,
  { base, apiVersion }: Call,
  { operations }: Room,
): Answer {
  const properties = {
    ...body.properties,
    state: 'Transitioning',
    provisioningState: 'Accepted',
    idScope: null,
    serviceOperationsHostName: undefined,
    deviceProvisioningHostName: undefined,
    portalOperationsHostName: undefined,
  }
  const location = `/subscriptions/${subscriptionId}/providers/Microsoft.Devices/locations/${encodeURIComponent(body.location.toWellFormed())}`
  const path = `${location}/provisioningserviceoperationresults/${operations.begin()}`
  const headers = { 'azure-asyncoperation': `${base}${path}?api-version=${apiVersion}&asyncinfo` }
  return { status: 201, body: { ...body, etag, properties }, headers }
}

export async function getOperation(call: Call, room: Room): Promise<Answer> {
  if (call.params.service !== undefined) await requireService(call, room)
  const { operation = '' } = call.params
  const status = room.operations.ask(operation)
  if (status === undefined)
    throw new ProvisioningError('resource_not_found', {
      message: `There is no operation "${printable(operation, 60)}". Operations can be asked for during 24 hours, until the service restarts.`,
    })
  // without it some clients wait for half a minute (contract/management 2.32)
  return { body: { status }, headers: { 'retry-after': '1' } }
}
