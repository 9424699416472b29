/** `…/query`: a page of enrollments, of groups, or of a group's registration records (contract/service-api 8). */
import { renderEnrollment } from '../enrollment/render.ts'
import { type GroupKey, groupKeyOf, parseGroupId, type RegistrationKey } from '../ids.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { renderRegistration } from '../registration/render.ts'
import type { Page, PageRequest } from '../store/store.ts'
import type { Answer, Call, Room } from './call.ts'
import { type List, pageHeaders, readPageHeaders } from './paging.ts'
import { type Query, readQueryText } from './query-text.ts'

export function queryIndividuals(call: Call, room: Room): Promise<Answer> {
  return answerPage<RegistrationKey, Parameters<typeof renderEnrollment>[0]>(call, room, {
    list: { kind: 'Enrollment' },
    ask: (page) => room.store.individuals(page),
    render: (enrollment) => renderEnrollment(enrollment, { keys: 'hidden' }),
  })
}

export function queryGroups(call: Call, room: Room): Promise<Answer> {
  return answerPage<GroupKey, Parameters<typeof renderEnrollment>[0]>(call, room, {
    list: { kind: 'EnrollmentGroup' },
    ask: (page) => room.store.groups(page),
    render: (group) => renderEnrollment(group, { keys: 'hidden' }),
  })
}

/** A group that is gone leaves its records behind, so an unknown one is no fault (contract/service-api 8.10). */
export async function queryRegistrations(call: Call, room: Room): Promise<Answer> {
  const group = groupKeyOf(parseGroupId(call.id))
  return answerPage(call, room, {
    list: { kind: 'DeviceRegistration', group },
    ask: (page: PageRequest<RegistrationKey>) => room.store.registrations({ ...page, group }),
    render: renderRegistration,
  })
}

/** A thousand enrollments with certificates fit; of the largest that may be saved, eight, and not a gigabyte. */
const longestPage = 8 * 1024 * 1024

interface Listing<Key extends string, Item> {
  readonly list: List
  readonly ask: (page: PageRequest<Key>) => Promise<Page<Item, Key>>
  readonly render: (item: Item) => JsonObject
}

async function answerPage<Key extends string, Item>(
  call: Call,
  { fidelity, log }: Room,
  { list, ask, render }: Listing<Key, Item>,
): Promise<Answer> {
  const { limit, after } = readPageHeaders(call, list)
  const query: Query = fidelity === 'cloud' ? {} : readQueryText(textOf(call.body), list.kind)
  const page = await ask({ limit, length: longestPage, after: after as Key | undefined, where: query.where })
  if (query.notUnderstood) log.info({ itemType: list.kind }, notUnderstood)
  return {
    body: page.items.map(render),
    headers: pageHeaders(list, page.next),
    warnings: query.notUnderstood && [notUnderstood],
  }
}

const notUnderstood =
  "The WHERE of the query was not understood, so everything is listed. Understood are = 'text' and LIKE 'prefix%' on ids, status, attestation type and hub, with AND, OR and parentheses."

/** Anything else than a text asks for everything; several clients send no body at all (contract/service-api 8.1). */
const textOf = (body: unknown): string => (isJsonObject(body) && typeof body.query === 'string' ? body.query : '')
