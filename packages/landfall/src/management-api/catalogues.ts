/** Small questions with fixed answers: what there is to do, which names and sizes there are (contract/management 2.1, 2.2, 2.9, 2.19). */
import { invalid, requireObject, textAt } from '../enrollment/fields.ts'
import { readSettings } from '../instance/change-settings.ts'
import type { Answer, Call, Room } from './call.ts'
import { isOurs, requireService, type } from './names.ts'

const verbs = [
  ['read', 'Get or list the service'],
  ['write', 'Change the service'],
  ['listkeys/action', 'Show the keys of shared access policies'],
  ['certificates/read', 'Get or list certificates'],
  ['certificates/write', 'Upload a certificate'],
  ['certificates/delete', 'Delete a certificate'],
  ['certificates/generateVerificationCode/action', 'Ask for a verification code'],
  ['certificates/verify/action', 'Prove possession of a certificate\u2019s key'],
] as const

export async function listOperations(): Promise<Answer> {
  const value = verbs.map(([verb, operation]) => ({
    name: `${type}/${verb}`,
    display: { provider: 'Microsoft.Devices', resource: 'provisioningServices', operation },
  }))
  return { body: { value, nextLink: null } }
}

export async function listSkus(call: Call, room: Room): Promise<Answer> {
  await requireService(call, room)
  return { body: { value: [{ name: 'S1' }], nextLink: null } }
}

// contract/management 3.2
const namePattern = /^(?![0-9]+$)(?!-)[a-zA-Z0-9-]{2,49}[a-zA-Z0-9]$/

/** With "no" the command line stops before it tries to create what is there already (contract/management 6.6). */
export async function checkName({ body }: Call, room: Room): Promise<Answer> {
  const name = textAt(requireObject(body, 'The body of a question for a name'), 'name')
  if (!name) throw invalid('name is missing.')
  if (isOurs(name, await readSettings(room)))
    return no('AlreadyExists', `"${name}" is the service that this Landfall is.`)
  if (!namePattern.test(name))
    return no('Invalid', 'A name has 3 to 50 letters, digits and hyphens, not digits alone, and no hyphen at its ends.')
  return { body: { nameAvailable: true, reason: 'Invalid', message: null } }
}

const no = (reason: 'AlreadyExists' | 'Invalid', message: string): Answer => ({
  body: { nameAvailable: false, reason, message },
})

/** There are no private networks here to link to. */
export async function listPrivateLinks(call: Call, room: Room): Promise<Answer> {
  await requireService(call, room)
  return { body: { value: [] } }
}

/** A bare list (contract/management 2.19). */
export async function listPrivateEndpoints(call: Call, room: Room): Promise<Answer> {
  await requireService(call, room)
  return { body: [] }
}
