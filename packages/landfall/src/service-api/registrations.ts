/** `/registrations/{id}`: the record of what became of a device (contract/service-api 4.13, 4.14, 7.10). */
import { ProvisioningError } from '../fault.ts'
import { keyOf, parseRegistrationId } from '../ids.ts'
import { renderRegistration } from '../registration/render.ts'
import type { Answer, Call, Room } from './call.ts'
import { expectToChange, untilCommitted } from './preconditions.ts'

export async function getRegistration({ id }: Call, { store }: Room): Promise<Answer> {
  const record = await store.registration(keyOf(parseRegistrationId(id)))
  if (!record) throw new ProvisioningError('registration_not_found', { id })
  return { body: renderRegistration(record) }
}

/** The device on the hub stays; the device registers anew as if for the first time. */
export async function removeRegistration(call: Call, { store }: Room): Promise<Answer> {
  const id = parseRegistrationId(call.id)
  const key = keyOf(id)
  await untilCommitted(id, async () => {
    const subject = { id, missing: 'registration_not_found' } as const
    const expect = expectToChange(subject, call.header('if-match'), await store.registration(key))
    await store.commit([{ delete: 'registration', key, expect }])
  })
  return {}
}
