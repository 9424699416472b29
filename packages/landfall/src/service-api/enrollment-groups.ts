/** `/enrollmentGroups/{id}` (contract/service-api 4.7 to 4.9, 4.12). */
import type { GroupDraft } from '../enrollment/draft.ts'
import type { EnrollmentGroup } from '../enrollment/enrollment.ts'
import { parseGroup } from '../enrollment/parse-enrollment.ts'
import { renderAttestation, renderEnrollment } from '../enrollment/render.ts'
import { settleGroup } from '../enrollment/settle.ts'
import { ProvisioningError } from '../fault.ts'
import { type GroupId, groupKeyOf, parseGroupId } from '../ids.ts'
import type { Answer, Call, Room } from './call.ts'
import type { Saved } from './individual-enrollments.ts'
import { expectToChange, expectToSave, type Subject, untilCommitted } from './preconditions.ts'
import { judge, linkedHubsOf } from './surroundings.ts'

const subject = (id: GroupId): Subject => ({ id, missing: 'group_not_found', exists: 'group_exists' })

export async function getGroup({ id }: Call, { store }: Room): Promise<Answer> {
  return { body: renderEnrollment(await requireGroup(id, store), { keys: 'hidden' }) }
}

export async function groupMechanism({ id }: Call, { store }: Room): Promise<Answer> {
  return { body: renderAttestation((await requireGroup(id, store)).attestation, 'shown') }
}

async function requireGroup(id: string, store: Room['store']): Promise<EnrollmentGroup> {
  const group = await store.group(groupKeyOf(parseGroupId(id)))
  if (!group) throw new ProvisioningError('group_not_found', { id })
  return group
}

export async function putGroup(call: Call, room: Room): Promise<Answer> {
  const draft = parseGroup(call.body, parseGroupId(call.id))
  const { enrollment, warnings } = await saveGroup(draft, call.header('if-match'), call, room)
  return { body: renderEnrollment(enrollment, { keys: 'shown' }), warnings }
}

/** In turn: two groups saved at once must not both find a signing certificate free. */
export function saveGroup(
  draft: GroupDraft,
  condition: string | undefined,
  call: Call,
  { store, random, groupTurns }: Room,
): Promise<Saved<EnrollmentGroup>> {
  const save = async () => {
    const previous = await store.group(draft.key)
    const expect = expectToSave(subject(draft.groupId), condition, previous)
    const linkedHubs = linkedHubsOf(call.settings)
    const enrollment = settleGroup(draft, { previous, linkedHubs, at: call.at, random })
    const warnings = [...draft.notes, ...(await judge(enrollment, call, store))]
    await store.commit([{ put: 'group', value: enrollment, expect }])
    return { enrollment, warnings }
  }
  return groupTurns.run('groups', () => untilCommitted(draft.groupId, save))
}

export async function removeGroup(call: Call, room: Room): Promise<Answer> {
  await deleteGroup(parseGroupId(call.id), call.header('if-match'), room)
  return {}
}

/** Its registration records stay, and can be listed by its id (contract/service-api 7.10, 8.10). */
export function deleteGroup(id: GroupId, condition: string | undefined, { store }: Room): Promise<void> {
  const key = groupKeyOf(id)
  return untilCommitted(id, async () => {
    const expect = expectToChange(subject(id), condition, await store.group(key))
    await store.commit([{ delete: 'group', key, expect }])
  })
}
