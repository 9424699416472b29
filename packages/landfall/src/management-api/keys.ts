/** Shared access policies with their keys (contract/management 2.10, 2.11, 3.10). */
import { policyNamed } from '../instance/policies.ts'
import type { SharedAccessPolicy } from '../sas/policy.ts'
import type { Answer, Call, Room } from './call.ts'
import { requireService } from './names.ts'

export async function listKeys(call: Call, room: Room): Promise<Answer> {
  const { policies } = await requireService(call, room)
  return { body: { value: policies.map(renderPolicy), nextLink: null } }
}

export async function showKey(call: Call, room: Room): Promise<Answer> {
  const settings = await requireService(call, room)
  return { body: renderPolicy(policyNamed(settings, call.params.policy ?? '')) }
}

/** Comma and blank: the command line splits at both (contract/management 3.13). */
export const renderPolicy = ({ name, primaryKey, secondaryKey, rights }: SharedAccessPolicy) => ({
  keyName: name,
  primaryKey,
  secondaryKey,
  rights: rights.join(', '),
})
