/** `/enrollments/{id}` (contract/service-api 4.1 to 4.3, 4.6). */
import type { IndividualDraft } from '../enrollment/draft.ts'
import type { IndividualEnrollment } from '../enrollment/enrollment.ts'
import { parseIndividual } from '../enrollment/parse-enrollment.ts'
import { renderAttestation, renderEnrollment } from '../enrollment/render.ts'
import { settleIndividual } from '../enrollment/settle.ts'
import { ProvisioningError } from '../fault.ts'
import { keyOf, parseRegistrationId, type RegistrationId } from '../ids.ts'
import { renderRegistration } from '../registration/render.ts'
import type { Answer, Call, Room } from './call.ts'
import { expectToChange, expectToSave, type Subject, untilCommitted } from './preconditions.ts'
import { judge, linkedHubsOf } from './surroundings.ts'

const subject = (id: RegistrationId): Subject => ({ id, missing: 'enrollment_not_found', exists: 'enrollment_exists' })

export async function getIndividual({ id }: Call, { store }: Room): Promise<Answer> {
  const registrationId = parseRegistrationId(id)
  const key = keyOf(registrationId)
  const [enrollment, record] = await Promise.all([store.individual(key), store.registration(key)])
  if (!enrollment) throw new ProvisioningError('enrollment_not_found', { id: registrationId })
  const unassigned = { registrationId: enrollment.registrationId, status: 'unassigned' }
  const registrationState = record ? renderRegistration(record) : unassigned
  return { body: renderEnrollment(enrollment, { keys: 'hidden', registrationState }) }
}

export async function putIndividual(call: Call, room: Room): Promise<Answer> {
  const draft = parseIndividual(call.body, parseRegistrationId(call.id))
  const { enrollment, warnings } = await saveIndividual(draft, call.header('if-match'), call, room)
  return { body: renderEnrollment(enrollment, { keys: 'shown' }), warnings }
}

export interface Saved<E> {
  readonly enrollment: E
  readonly warnings: readonly string[]
}

/** `condition` absent: the enrollment must be new. */
export function saveIndividual(
  draft: IndividualDraft,
  condition: string | undefined,
  call: Call,
  { store, random }: Room,
): Promise<Saved<IndividualEnrollment>> {
  return untilCommitted(draft.registrationId, async () => {
    const previous = await store.individual(draft.key)
    const expect = expectToSave(subject(draft.registrationId), condition, previous)
    const linkedHubs = linkedHubsOf(call.settings)
    const enrollment = settleIndividual(draft, { previous, linkedHubs, at: call.at, random })
    const warnings = [...draft.notes, ...(await judge(enrollment, call, store))]
    await store.commit([{ put: 'individual', value: enrollment, expect }])
    return { enrollment, warnings }
  })
}

export async function removeIndividual(call: Call, room: Room): Promise<Answer> {
  await deleteIndividual(parseRegistrationId(call.id), call.header('if-match'), room)
  return {}
}

/** Its registration record goes with it (contract/service-api 7.10). */
export function deleteIndividual(id: RegistrationId, condition: string | undefined, { store }: Room): Promise<void> {
  const key = keyOf(id)
  return untilCommitted(id, async () => {
    const expect = expectToChange(subject(id), condition, await store.individual(key))
    await store.commit([
      { delete: 'individual', key, expect },
      { delete: 'registration', key, expect: 'any' },
    ])
  })
}

export async function individualMechanism({ id }: Call, { store }: Room): Promise<Answer> {
  const enrollment = await store.individual(keyOf(parseRegistrationId(id)))
  if (!enrollment) throw new ProvisioningError('enrollment_not_found', { id })
  return { body: renderAttestation(enrollment.attestation, 'shown') }
}
