/** Up to ten enrollments or groups in one request, each for itself (contract/service-api 10). */
import { invalid, memberAt, requireObject, textAt, wordAt } from '../enrollment/fields.ts'
import { parseGroup, parseIndividual } from '../enrollment/parse-enrollment.ts'
import { errorBodyOf, ProvisioningError } from '../fault.ts'
import { makeTrackingId, parseGroupId, parseRegistrationId, printable } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Answer, Call, Room } from './call.ts'
import { deleteGroup, saveGroup } from './enrollment-groups.ts'
import { refusalOf, tell } from './errors.ts'
import { deleteIndividual, saveIndividual } from './individual-enrollments.ts'

const modes = ['create', 'update', 'updateIfMatchETag', 'delete'] as const
type Mode = (typeof modes)[number]

/** contract/service-api 10.3 */
const mostItems = 10

/** What differs between the two kinds of enrollment. */
interface Kind {
  /** The member that holds the list, and that which holds an item's id. */
  readonly list: 'enrollments' | 'enrollmentGroups'
  readonly id: 'registrationId' | 'enrollmentGroupId'
  readonly save: (item: JsonObject, condition: string | undefined, call: Call, room: Room) => Promise<Warned>
  readonly remove: (id: string, room: Room) => Promise<void>
}

interface Warned {
  readonly warnings: readonly string[]
}

const individuals: Kind = {
  list: 'enrollments',
  id: 'registrationId',
  save: (item, condition, call, room) => saveIndividual(parseIndividual(item), condition, call, room),
  remove: (id, room) => deleteIndividual(parseRegistrationId(id), undefined, room),
}

const groups: Kind = {
  list: 'enrollmentGroups',
  id: 'enrollmentGroupId',
  save: (item, condition, call, room) => saveGroup(parseGroup(item), condition, call, room),
  remove: (id, room) => deleteGroup(parseGroupId(id), undefined, room),
}

export const bulkIndividuals = (call: Call, room: Room): Promise<Answer> => runBulk(individuals, call, room)
export const bulkGroups = (call: Call, room: Room): Promise<Answer> => runBulk(groups, call, room)

async function runBulk(kind: Kind, call: Call, room: Room): Promise<Answer> {
  const body = requireObject(call.body, 'The body of a bulk operation')
  const mode = wordAt(body, 'mode', modes)
  if (!mode) throw invalid(`mode is missing; it must be one of ${modes.join(', ')}.`)
  const items = readItems(body, kind)
  const outcomes = await Promise.all(items.map((item) => runItem(item, mode, kind, call, room)))
  const errors = outcomes.map(({ error }) => error).filter((error) => error !== undefined)
  return {
    body: { errors, isSuccessful: errors.length === 0 },
    warnings: outcomes.flatMap(({ warnings }) => warnings),
  }
}

interface Item {
  readonly id: string
  readonly sent: JsonObject
}

/** What is wrong with the list is wrong with the whole request, and nothing is done (contract/service-api 10.3). */
function readItems(body: JsonObject, kind: Kind): readonly Item[] {
  const list = memberAt(body, kind.list)
  if (!Array.isArray(list) || list.length === 0 || list.length > mostItems) {
    throw invalid(`${kind.list} must be a list of 1 to ${mostItems} items.`)
  }
  const items = list.map((sent: unknown, index) => {
    const id = isJsonObject(sent) ? textAt(sent, kind.id) : undefined
    if (!isJsonObject(sent) || !id) throw invalid(`${kind.list}[${index}] has no ${kind.id}.`)
    return { id, sent }
  })
  const ids = items.map(({ id }) => id.toLowerCase())
  const twice = items.find(({ id }, index) => ids.indexOf(id.toLowerCase()) < index)
  if (twice) throw invalid(`${kind.list} names "${printable(twice.id)}" twice.`)
  return items
}

interface Outcome {
  readonly error?: JsonObject
  readonly warnings: readonly string[]
}

async function runItem({ id, sent }: Item, mode: Mode, kind: Kind, call: Call, room: Room): Promise<Outcome> {
  try {
    if (mode === 'delete') {
      await kind.remove(id, room)
      return { warnings: [] }
    }
    const { warnings } = await kind.save(sent, conditionOf(sent, id, mode, room), call, room)
    return { warnings: warnings.map((warning) => `${id}: ${warning}`) }
  } catch (error) {
    return { error: renderError(refusalOf(error), id, kind, room), warnings: [] }
  }
}

function renderError(refusal: ProvisioningError, id: string, kind: Kind, room: Room): JsonObject {
  const trackingId = makeTrackingId(room.random)
  tell(refusal, { trackingId, [kind.id]: printable(id) }, room)
  const bare = room.fidelity === 'cloud'
  const { errorCode, message } = errorBodyOf(refusal, { trackingId, at: room.clock.now(), bare })
  return { [kind.id]: id, errorCode, errorStatus: message }
}

/** The cloud answers 409 to an update without etag, contrary to the word (contract/service-api 10.7, 10.8). */
function conditionOf(sent: JsonObject, id: string, mode: Mode, { fidelity }: Room): string | undefined {
  if (mode === 'create') return
  const etag = textAt(sent, 'etag')
  if (etag || mode === 'updateIfMatchETag') {
    if (!etag) throw new ProvisioningError('precondition_failed', { id })
    return etag
  }
  return fidelity === 'cloud' ? undefined : '*'
}
