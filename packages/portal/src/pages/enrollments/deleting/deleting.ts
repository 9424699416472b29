/**
 * Deletes enrollments and, where asked to, what their devices left behind:
 * 1. who registered through them is read, while it can be told;
 * 2. the enrollments go, so that no device comes back meanwhile;
 * 3. of those that went, identities on hubs go, then registration records.
 * Nothing stops at a refusal: each is told by name at the end.
 */
import { bulkSize, deleteEnrollment, deleteEnrollments, type EnrollmentKind } from '../../../api/enrollments.ts'
import { asProblem, Problem } from '../../../api/problem.ts'
import {
  deleteHubDevice,
  deleteRegistration,
  type RegistrationView,
  readRegistration,
  readRegistrations,
} from '../../../api/registrations.ts'
import { each } from '../../../kit/each.ts'

export interface Doomed {
  readonly id: string
  readonly etag?: string
}

export interface DeleteOrder {
  readonly kind: EnrollmentKind
  readonly enrollments: readonly Doomed[]
  /** Records of individual enrollments go with them in any case. */
  readonly records: boolean
  readonly identities: boolean
  /** Hubs of this service; identities elsewhere are not ours to delete. */
  readonly ownHubs: ReadonlySet<string>
}

export type Phase = 'reading' | 'enrollments' | 'identities' | 'records'

export interface Progress {
  readonly phase: Phase
  readonly done: number
  readonly total: number
}

export interface Failure {
  readonly what: 'enrollment' | 'identity' | 'record'
  readonly id: string
  readonly problem: Problem
}

export interface Outcome {
  readonly enrollments: number
  readonly records: number
  readonly identities: number
  readonly failures: readonly Failure[]
}

type Tell = (progress: Progress) => void

export async function deleteAll(order: DeleteOrder, tell: Tell): Promise<Outcome> {
  const { kind, enrollments } = order
  const left = await readLeftovers(order, tell)
  const refused = await deleteThem(kind, enrollments, tell)
  const stays = new Set(refused.map(({ id }) => id))
  const gone = [...left].filter(([id]) => !stays.has(id)).flatMap(([, records]) => records)
  const devices = order.identities ? gone.filter(({ assignedHub }) => order.ownHubs.has(assignedHub ?? '')) : []
  const identities = await eachRecord(
    devices,
    'identities',
    'identity',
    tell,
    ({ assignedHub, deviceId, registrationId }) => deleteHubDevice(assignedHub ?? '', deviceId ?? registrationId),
  )
  const doomed = order.records && kind === 'group' ? gone : []
  const records = await eachRecord(doomed, 'records', 'record', tell, ({ registrationId }) =>
    gonePerhaps(deleteRegistration({ registrationId })),
  )
  return {
    enrollments: enrollments.length - refused.length,
    records: doomed.length - records.length,
    identities: devices.length - identities.length,
    failures: [...refused, ...identities, ...records],
  }
}

/** Who registered through each. */
async function readLeftovers({ kind, enrollments, records, identities }: DeleteOrder, tell: Tell) {
  const left = new Map<string, readonly RegistrationView[]>()
  if (!identities && !(records && kind === 'group')) return left
  const read = async (id: string) =>
    kind === 'group' ? await allRegistrations(id) : [await readRegistration(id)].filter((one) => one !== undefined)
  const [failure] = await each({
    items: enrollments,
    nameOf: ({ id }) => id,
    act: async ({ id }) => left.set(id, await read(id)),
    tell: (done) => tell({ phase: 'reading', done, total: enrollments.length }),
  })
  if (failure) throw failure.problem
  return left
}

async function allRegistrations(group: string): Promise<readonly RegistrationView[]> {
  const all: RegistrationView[] = []
  let after: string | number | undefined
  do {
    const page = await readRegistrations(group, after)
    all.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return all
}

/** One under the etag that was read; many ten at a time, as the service's bulk operation takes them. */
async function deleteThem(
  kind: EnrollmentKind,
  enrollments: readonly Doomed[],
  tell: Tell,
): Promise<readonly Failure[]> {
  const [only, ...others] = enrollments
  const fail = (id: string, problem: Problem): Failure => ({ what: 'enrollment', id, problem })
  if (only && others.length === 0)
    return await deleteEnrollment(kind, only).then(
      () => [],
      (error: unknown) => [fail(only.id, asProblem(error))],
    )
  const failures: Failure[] = []
  for (let done = 0; done < enrollments.length; done += bulkSize) {
    const ids = enrollments.slice(done, done + bulkSize).map(({ id }) => id)
    tell({ phase: 'enrollments', done, total: enrollments.length })
    try {
      const refused = await deleteEnrollments(kind, ids)
      failures.push(...refused.map(({ id, message, errorCode }) => fail(id, new Problem(message, { errorCode }))))
    } catch (error) {
      failures.push(...ids.map((id) => fail(id, asProblem(error))))
    }
  }
  return failures
}

export function eachRecord(
  records: readonly RegistrationView[],
  phase: Phase,
  what: Failure['what'],
  tell: Tell,
  act: (record: RegistrationView) => Promise<void>,
): Promise<readonly Failure[]> {
  return each({
    items: records,
    nameOf: ({ registrationId }) => registrationId,
    act,
    tell: (done) => tell({ phase, done, total: records.length }),
  }).then((failures) => failures.map(({ name, problem }) => ({ what, id: name, problem })))
}

/** Somebody was quicker. */
export const gonePerhaps = (deletion: Promise<void>): Promise<void> =>
  deletion.catch((error: unknown) => {
    if (asProblem(error).status !== 404) throw error
  })
